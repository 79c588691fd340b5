import assert from 'node:assert/strict';
import { randomBytes, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SecretKey } from '@opencapf/store';
import { openSql, testDatabase } from '@opencapf/store/testing';
import { ensurePhoneFiles } from '@opencapf/tftp';
import { writeSignerFiles } from './signer-files.js';

test('sast.pem holds who signs trust lists, the recovery signer while it does', async (t) => {
  await using opened = await testDatabase();
  await using sql = await openSql(opened);
  const dataDir = await mkdtemp(join(tmpdir(), 'opencapf-signers-'));
  t.after(async () => await rm(dataDir, { recursive: true }));
  const { database } = opened;
  const format = { layout: 'usecallmanager', hash: 'sha1' } as const;
  await ensurePhoneFiles(database, new SecretKey(randomBytes(32)), format, {}, new Date());
  const namesIn = async (file: string): Promise<string> => {
    await writeSignerFiles(database, dataDir);
    return new X509Certificate(await readFile(join(dataDir, file))).subject.replace(/-[0-9a-f]{8}$/, '');
  };
  assert.deepEqual([await namesIn('tftp.pem'), await namesIn('sast.pem')], ['CN=TFTP', 'CN=SAST']);
  await sql.run("update opencapf_private.trust_list_plan set signed_by = 'recovery'");
  assert.deepEqual([await namesIn('tftp.pem'), await namesIn('sast.pem')], ['CN=TFTP', 'CN=SAST-Recovery']);
});
