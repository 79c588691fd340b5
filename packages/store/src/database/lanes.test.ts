import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { StoreError } from '../errors.js';
import { openSql } from '../testing/facts.js';
import { testDatabase } from '../testing/index.js';

const echo = 'select $1::int as given, pg_backend_pid() as pid';

test('statements at once share few connections, and each gets its own answer', async () => {
  await using database = await testDatabase();
  const answers = await Promise.all(
    Array.from({ length: 200 }, async (_, given) => {
      const { rows } = await database.database.prepared<{ given: number; pid: number }>('echo', echo, [given]);
      return { given, ...rows[0] };
    }),
  );
  assert.deepEqual(
    answers.map(({ given }) => given),
    Array.from({ length: 200 }, (_, given) => given),
  );
  assert.equal(new Set(answers.map(({ pid }) => pid)).size, 2);
});

test('one that fails takes no other with it, also as the first of its name', async () => {
  await using database = await testDatabase({ maxConnections: 1 });
  const divide = async (by: number) =>
    await database.database.prepared<{ result: number }>('divide', 'select 6 / $1::int as result', [by]);
  const outcomes = await Promise.allSettled([divide(0), divide(2), divide(0), divide(3)]);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.rows[0]?.result : 'failed')),
    ['failed', 3, 'failed', 2],
  );
  assert.equal((await divide(6)).rows[0]?.result, 1);
});

test('one that waits for a lock holds up none that comes later', async () => {
  await using database = await testDatabase();
  const { database: store } = database;
  await using holder = await openSql(database);
  await holder.run('select pg_advisory_lock(7)');
  const waiting = store.prepared('wait', 'select pg_advisory_xact_lock($1)', [7]);
  // Longer than a lane may be silent.
  await delay(300);
  for (let given = 0; given < 20; given += 1) await store.prepared('echo', echo, [given]);
  await holder.run('select pg_advisory_unlock(7)');
  await waiting;
});

test('columns are described once: later rows have the same types, also none and null', async () => {
  await using database = await testDatabase({ maxConnections: 1 });
  const text = 'select $1::bigint as number, $2::timestamptz as at, $3::bytea as bytes where $1 > 0';
  const at = new Date(1_700_000_000_000);
  const ask = async (number: number, bytes?: Buffer) =>
    (await database.database.prepared('columns', text, [number, at, bytes])).rows.map((row) => ({ ...Object(row) }));
  for (let round = 0; round < 3; round += 1) {
    assert.deepEqual(await ask(5, Buffer.from('x')), [{ number: 5, at, bytes: Buffer.from('x') }]);
    assert.deepEqual(await ask(6), [{ number: 6, at, bytes: null }]);
    assert.deepEqual(await ask(0), []);
  }
});

test('a statement whose columns have changed is refused, and never read as it was before', async () => {
  await using database = await testDatabase({ maxConnections: 1 });
  await using other = await openSql(database);
  await other.run('create view changing as select 1 as one');
  const ask = async () => (await database.database.prepared('changing', 'select * from changing', [])).rows;
  assert.deepEqual(await ask(), [{ one: 1 }]);
  await other.run("drop view changing; create view changing as select 'two' as other, 2 as one");
  await assert.rejects(ask(), /cached plan must not change result type/);
});

test('a connection that breaks fails what was on it, and the next statement finds another', async () => {
  await using database = await testDatabase({ maxConnections: 1 });
  const { database: store } = database;
  const { rows } = await store.prepared<{ pid: number }>('echo', echo, [1]);
  await using other = await openSql(database);
  await other.run('select pg_advisory_lock(8)');
  const held = ['first', 'second'].map((name) => store.prepared(name, 'select pg_advisory_xact_lock($1)', [8]));
  const outcomes = Promise.allSettled(held);
  while ((await other.run("select 1 from pg_locks where locktype = 'advisory' and not granted")).length === 0) {
    await turn();
  }
  await other.run('select pg_terminate_backend($1)', [rows[0]?.pid]);
  for (const outcome of await outcomes) {
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof StoreError, outcome.status);
    assert.equal(outcome.reason.code, 'database-lost');
  }
  const again = await store.prepared<{ given: number }>('echo', echo, [2]);
  assert.equal(again.rows[0]?.given, 2);
});

test('dates arrive to the millisecond, also many at once, far ones and ones before Christ', async () => {
  await using database = await testDatabase();
  const dates = [
    0,
    1_795_818_016_482,
    Date.UTC(9999, 11, 31, 23, 59, 59, 999),
    Date.UTC(12_000, 0),
    Date.UTC(-43, 2, 15),
  ];
  const given = dates.map((ms) => new Date(ms));
  const { rows } = await database.database.prepared<{ one: number; many: number[] }>(
    'dates',
    `select (extract(epoch from $1::timestamptz) * 1000)::bigint as one,
       array(select (extract(epoch from d) * 1000)::float8 from unnest($2::timestamptz[]) d) as many`,
    [given[1], given],
  );
  assert.deepEqual(rows, [{ one: dates[1], many: dates }]);
});
