import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FileFetch, listFetches, recordFetches } from '@opencapf/store';
import { openSql, testDatabase } from '@opencapf/store/testing';
import { makeLog } from '../log.js';
import { FetchRecorder } from './fetch-recorder.js';

const quiet = makeLog('silent');
const name = 'SEP001122334455';
const fetch = { device: name, file: 'itl', version: 'v1', at: new Date('2026-11-27T12:00:00Z') } as const;

test('what was fetched is written down in batches, at the latest at the end', async () => {
  await using opened = await testDatabase();
  await using sql = await openSql(opened);
  await sql.run('insert into opencapf_private.device (name) values ($1)', [name]);
  let statements = 0;
  const record = async (fetches: readonly FileFetch[]): Promise<void> => {
    statements += 1;
    await recordFetches(opened.database, fetches);
  };
  const recorder = new FetchRecorder(record, quiet);
  for (let n = 0; n < 1_500; n += 1) recorder.add({ ...fetch, version: `v${n}` });
  await recorder.stop();
  assert.ok(statements <= 15, `${statements} statements`);
  assert.equal((await listFetches(opened.database, name))[0]?.version, 'v1499');
});

test('what cannot be written down now is written down later', async () => {
  await using opened = await testDatabase();
  await using sql = await openSql(opened);
  await sql.run('insert into opencapf_private.device (name) values ($1)', [name]);
  let failed = (): void => undefined;
  const tried = new Promise<void>((resolve) => {
    failed = resolve;
  });
  let away = true;
  const record = async (fetches: readonly FileFetch[]): Promise<void> => {
    if (!away) return await recordFetches(opened.database, fetches);
    failed();
    throw new Error('away');
  };
  const recorder = new FetchRecorder(record, quiet);
  recorder.add(fetch);
  await tried;
  away = false;
  await recorder.stop();
  assert.equal((await listFetches(opened.database, name))[0]?.version, 'v1');
});
