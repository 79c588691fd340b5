import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ensurePhoneFiles } from '@opencapf/tftp';
import { TestApi } from './testing/api.js';
import { readTrustListWarnings } from './trust-list-warnings.js';

test('a node that serves files over HTTPS, or does not, warns when the others do otherwise', async () => {
  await using api = await TestApi.start();
  const { secretKey, sql } = api;
  const { database } = api.test;
  const format = { layout: 'usecallmanager', hash: 'sha1' } as const;
  await ensurePhoneFiles(database, secretKey, format, {}, TestApi.now);
  const warned = async (overHttps: boolean): Promise<boolean> => {
    const services = { database, now: () => TestApi.now, phoneFiles: { ...format, overHttps } };
    return (await readTrustListWarnings(services)).some(({ code }) => code === 'files-over-https-other');
  };
  assert.deepEqual([await warned(false), await warned(true)], [false, true]);
  await sql.run('update opencapf_private.trust_list_plan set serves_https = true');
  assert.deepEqual([await warned(false), await warned(true)], [true, false]);
});
