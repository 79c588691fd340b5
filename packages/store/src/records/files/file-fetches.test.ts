import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDevice, openSql } from '../../testing/facts.js';
import { testDatabase } from '../../testing/index.js';
import { forgetFetches, listFetches, recordFetches } from '../index.js';

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
    { device: one, file: 'itl', version: 'b', at: at(2) },
    { device: one, file: 'itl', version: 'a', at: at(1) },
    { device: two, file: 'itl', version: 'b', at: at(1) },
    { device: 'SEP00000000FFFF', file: 'itl', version: 'a', at: at(1) },
  ]);
  await recordFetches(database, [
    { device: one, file: 'itl', version: 'older', at: at(0) },
    { device: two, file: 'itl', version: 'newer', at: at(3) },
  ]);
  assert.deepEqual(await listFetches(database, one), [{ file: 'itl', version: 'b', fetchedAt: at(2), outdated: true }]);
  assert.deepEqual(await listFetches(database, two), [
    { file: 'itl', version: 'newer', fetchedAt: at(3), outdated: true },
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
  const stateAt = await state();
  await recordFetches(database, [{ device: one, file: 'configuration', version: 'a', stateAt, at: at(1) }]);
  assert.equal(await fetched(), false);
  // States are told apart by the millisecond.
  await sql.run('select pg_sleep(0.01)');
  await sql.run('update opencapf_private.device set encrypted_configuration = true');
  // Fetched after the change, and yet of the state before it.
  await recordFetches(database, [{ device: one, file: 'configuration', version: 'a', stateAt, at: at(2) }]);
  assert.equal(await fetched(), true);
  await recordFetches(database, [
    { device: one, file: 'configuration', version: 'b', stateAt: await state(), at: at(3) },
  ]);
  assert.equal(await fetched(), false);
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
