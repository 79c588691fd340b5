import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSql, testDatabase } from '@opencapf/store/testing';
import { signingHash } from './signing-hash.js';

test('SHA-512 waits for somebody who says that all phones take it, and until then their names are told to those who may know them', async () => {
  await using opened = await testDatabase();
  await using sql = await openSql(opened);
  const { database } = opened;
  assert.deepEqual(await signingHash(database, { tftpHash: 'sha1', tftpHashConfirmed: false }), { hash: 'sha1' });
  const empty = await signingHash(database, { tftpHash: 'sha512', tftpHashConfirmed: false });
  assert.equal(empty.hash, 'sha1', 'nodes agree, whatever devices there were when each was started');
  await sql.run(
    "insert into opencapf_private.device (name, model) select 'SEP00000000' || n, case n when 1000 then '7942' end from generate_series(1000, 1029) n",
  );
  const { hash, warning, named } = await signingHash(database, { tftpHash: 'sha512', tftpHashConfirmed: false });
  assert.equal(hash, 'sha1');
  assert.equal(warning?.code, 'tftp-hash-unconfirmed');
  assert.match(warning?.message ?? '', /of 30 devices /);
  assert.doesNotMatch(warning?.message ?? '', /SEP|7942/);
  assert.equal(named?.code, 'tftp-hash-unconfirmed');
  assert.match(
    named?.message ?? '',
    /of 30 devices .*SEP000000001000 \(7942\), .*\(no model\), \.\.\.\. .*OPENCAPF_TFTP_HASH_CONFIRMED=on/,
  );
  assert.deepEqual(await signingHash(database, { tftpHash: 'sha512', tftpHashConfirmed: true }), { hash: 'sha512' });
});
