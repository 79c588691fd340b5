import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDevice, openSql } from '../../testing/facts.js';
import { testDatabase } from '../../testing/index.js';
import { forgetFetches, keepFileSite, listFetches, recordFetches } from '../index.js';

const [one, two] = ['SEP000000000001', 'SEP000000000002'];
const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 27, 12, minute));

test('of what a device fetched the last version counts, whichever node tells it first', async () => {
  await using opened = await testDatabase();
  await using sql = await openSql(opened);
  const { database } = opened;
  await addDevice(sql, one);
  await addDevice(sql, two);
  await recordFetches(database, []);
  await recordFetches(database, [
    { device: one, file: 'itl', version: 'b', address: '2001:db8::17', at: at(2) },
    { device: one, file: 'itl', version: 'a', at: at(1) },
    { device: two, file: 'itl', version: 'b', at: at(1) },
    { device: 'SEP00000000FFFF', file: 'itl', version: 'a', at: at(1) },
  ]);
  await recordFetches(database, [
    { device: one, file: 'itl', version: 'older', at: at(0) },
    { device: two, file: 'itl', version: 'newer', at: at(3) },
  ]);
  assert.deepEqual(await listFetches(database, one), [
    { file: 'itl', version: 'b', fetchedAt: at(2), address: '2001:db8::17', outdated: true },
  ]);
  assert.deepEqual(await listFetches(database, two), [
    { file: 'itl', version: 'newer', fetchedAt: at(3), address: null, outdated: true },
  ]);

  assert.equal(await forgetFetches(database, at(3)), 1);
  assert.deepEqual(await listFetches(database, one), []);
  await sql.run('delete from opencapf_private.device where name = $1', [two]);
  assert.deepEqual(await sql.run('select * from opencapf_private.file_fetch'), []);
});

test('a configuration is outdated when its device has changed since the state that it was built from', async () => {
  await using opened = await testDatabase();
  await using sql = await openSql(opened);
  const { database } = opened;
  await addDevice(sql, one);
  const state = async (): Promise<Date> =>
    (await sql.run('select updated_at from device where name = $1', [one]))[0]?.['updated_at'] as Date;
  const fetched = async () => (await listFetches(database, one))[0]?.outdated;
  await keepFileSite(database, { plain: 'plain', signed: 'signed' });
  const configuration = { device: one, file: 'configuration', version: 'a', site: 'plain' } as const;
  const stateAt = await state();
  await recordFetches(database, [{ ...configuration, stateAt, at: at(1) }]);
  assert.equal(await fetched(), false);
  // States are told apart by the millisecond.
  await sql.run('select pg_sleep(0.01)');
  await sql.run('update opencapf_private.device set encrypted_configuration = true');
  // Fetched after the change, and yet of the state before it.
  await recordFetches(database, [{ ...configuration, stateAt, at: at(2) }]);
  assert.equal(await fetched(), true);
  await recordFetches(database, [{ ...configuration, version: 'b', stateAt: await state(), at: at(3) }]);
  assert.equal(await fetched(), false);
});

test('a configuration is outdated when files are built from other settings, or signed by another, since', async () => {
  await using opened = await testDatabase();
  await using sql = await openSql(opened);
  const { database } = opened;
  for (const name of [one, two]) await addDevice(sql, name);
  const outdated = async () => [
    (await listFetches(database, one))[0]?.outdated,
    (await listFetches(database, two))[0]?.outdated,
  ];
  const newSigner = async (certificate: string): Promise<string> => {
    await sql.run("update opencapf_private.file_signer set state = 'retired', private_key_id = null");
    const key = await sql.run(`insert into opencapf_private.private_key (purpose, algorithm, public_key, sealed)
      values ('file-signer', 'RSA 2048', uuid_send(gen_random_uuid()), 'x') returning id`);
    const [row] = await sql.run(
      `insert into opencapf_private.file_signer (purpose, state, certificate, private_key_id) values ('tftp', 'active', $1, $2)
       returning encode(certificate_sha256, 'hex') as sha256`,
      [Buffer.from(certificate), key[0]?.['id']],
    );
    return String(row?.['sha256']);
  };
  const stateAt = new Date('9999-12-31');
  const fetch = async (minute: number, signer: string): Promise<void> => {
    const common = { file: 'configuration', version: 'a', stateAt, at: at(minute) } as const;
    await recordFetches(database, [
      { ...common, device: one, site: 'plain' },
      { ...common, device: two, site: 'signed', signer },
    ]);
  };
  const first = await newSigner('first');
  await fetch(1, first);
  assert.deepEqual(await outdated(), [true, true], 'nobody has said how files are built');
  await keepFileSite(database, { plain: 'plain', signed: 'signed' });
  assert.deepEqual(await outdated(), [false, false]);
  await keepFileSite(database, { plain: 'plain', signed: 'with another hash' });
  assert.deepEqual(await outdated(), [false, true]);
  await keepFileSite(database, { plain: 'of another server', signed: 'of another server, with another hash' });
  assert.deepEqual(await outdated(), [true, true]);
  await keepFileSite(database, { plain: 'plain', signed: 'signed' });
  const second = await newSigner('second');
  assert.deepEqual(await outdated(), [false, true], 'a plain file is signed by nobody');
  await fetch(2, second);
  assert.deepEqual(await outdated(), [false, false]);
});

test('two nodes that tell of the same devices in another order do not lock each other out', async () => {
  await using opened = await testDatabase();
  await using sql = await openSql(opened);
  const names = Array.from({ length: 50 }, (_, n) => `SEP0000000001${String(n).padStart(2, '0')}`);
  for (const name of names) await addDevice(sql, name);
  const fetches = names.map((device) => ({ device, file: 'itl', version: 'a', at: at(1) }) as const);
  const both = Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? fetches : fetches.toReversed()));
  await Promise.all(both.map(async (told) => await recordFetches(opened.database, told)));
  const rows = await sql.run('select count(*)::integer as n from opencapf_private.file_fetch');
  assert.deepEqual(rows, [{ n: 50 }]);
});
