import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openSql, type Sql } from '../../testing/facts.js';
import { type TestDatabase, testDatabase } from '../../testing/index.js';
import { recordAudit } from './audit.js';

interface Entry {
  readonly chain: number;
  readonly sequence: string;
  readonly fields: readonly (string | null)[];
  readonly previous: Buffer;
  readonly hash: Buffer;
}

/** Computes the chains anew, from the rows alone, and says what is wrong with them. */
async function verify(sql: Sql): Promise<string[]> {
  const entries = await sql.run(`
    select chain, sequence, previous, hash, array[id::text, chain::text, sequence::text,
      (extract(epoch from at) * 1000000)::bigint::text, actor, remote_address, action, subject_kind, subject, outcome,
      detail::text] as fields
    from opencapf_private.audit_entry order by chain, sequence`);
  const chains = await sql.run('select chain, genesis, sequence, head from opencapf_private.audit_chain');
  const faults: string[] = [];
  for (const { chain, genesis, sequence, head } of chains) {
    let previous = genesis as Buffer;
    let expected = 0n;
    for (const entry of entries.filter((one) => one['chain'] === chain) as unknown as Entry[]) {
      expected += 1n;
      if (BigInt(entry.sequence) !== expected)
        faults.push(`chain ${chain}: ${entry.sequence} where ${expected} belongs`);
      const text = entry.fields
        .map((field) => (field === null ? '-,' : `${Buffer.byteLength(field)}:${field},`))
        .join('');
      const hash = createHash('sha256').update(previous).update(text).digest();
      if (!hash.equals(entry.hash)) faults.push(`chain ${chain}, ${entry.sequence}: altered`);
      if (!previous.equals(entry.previous)) faults.push(`chain ${chain}, ${entry.sequence}: follows another`);
      previous = entry.hash;
    }
    if (expected !== BigInt(String(sequence)) || !previous.equals(head as Buffer))
      faults.push(`chain ${chain}: cut off`);
  }
  return faults;
}

async function withEntries(work: (sql: Sql, database: TestDatabase) => Promise<void>): Promise<void> {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  for (let n = 1; n <= 4; n += 1) {
    await recordAudit(database.database.queries, {
      actor: 'admin, 3:x',
      action: 'setting.change',
      subject: n % 2 === 0 ? 'ü€𝄞' : 'name',
      ...(n === 3 && { remoteAddress: '192.0.2.7', subjectKind: 'setting', outcome: 'refused' }),
      detail: { n, nested: { text: 'a"b\\', none: null } },
    });
  }
  await work(sql, database);
}

test('the chains verify when they are computed anew from the rows', async () => {
  await withEntries(async (sql) => {
    assert.deepEqual(await verify(sql), []);
    const [{ count } = {}] = await sql.run('select count(*) from opencapf_private.audit_entry');
    assert.equal(count, '4');
  });
});

const tampering = {
  altered: ["update opencapf_private.audit_entry set actor = 'nobody' where sequence = 2"],
  'moved in time': ["update opencapf_private.audit_entry set at = at + interval '1 microsecond' where sequence = 2"],
  'changed in detail': [`update opencapf_private.audit_entry set detail = '{"n":9}' where sequence = 2`],
  removed: ['delete from opencapf_private.audit_entry where sequence = 2'],
  'cut off': ['delete from opencapf_private.audit_entry where sequence = 4'],
  'emptied of everything': ['delete from opencapf_private.audit_entry'],
  reordered: [
    'update opencapf_private.audit_entry set sequence = 99 where sequence = 2',
    'update opencapf_private.audit_entry set sequence = 2 where sequence = 3',
    'update opencapf_private.audit_entry set sequence = 3 where sequence = 99',
  ],
  'made to read another way': [
    "update opencapf_private.audit_entry set subject_kind = null, subject = 'setting' where sequence = 3",
  ],
} as const;

for (const [what, statements] of Object.entries(tampering)) {
  test(`a row that was ${what} behind the triggers' back is found`, async () => {
    await withEntries(async (sql) => {
      await sql.run('alter table opencapf_private.audit_entry disable trigger user');
      for (const statement of statements) await sql.run(statement);
      assert.notDeepEqual(await verify(sql), []);
    });
  });
}

test('entries cannot be changed, deleted or truncated, nor chains be moved back', async () => {
  await withEntries(async (sql) => {
    const attempts = [
      "update opencapf_private.audit_entry set actor = 'nobody'",
      'delete from opencapf_private.audit_entry',
      'truncate opencapf_private.audit_entry',
      'truncate opencapf_private.audit_chain cascade',
      'delete from opencapf_private.audit_chain',
      'update opencapf_private.audit_chain set sequence = sequence - 1',
      "update opencapf_private.audit_chain set genesis = sha256('x'), sequence = sequence + 1",
    ];
    for (const attempt of attempts) await assert.rejects(sql.run(attempt), { code: '42501' }, attempt);
    assert.deepEqual(await verify(sql), []);
  });
});

test('two transactions that write at once do not wait for each other', async () => {
  await using database = await testDatabase();
  await using one = await openSql(database);
  await using other = await openSql(database);
  for (const sql of [one, other]) await sql.run("set statement_timeout = '5s'");
  await one.run('begin');
  await one.run("select opencapf_private.audit('one', 'test')");
  await other.run('begin');
  await other.run("select opencapf_private.audit('other', 'test')");
  await other.run("select opencapf_private.audit('other', 'test again')");
  await other.run('commit');
  await one.run('rollback');
  await one.run("select opencapf_private.audit('one', 'after a rollback')");
  assert.deepEqual(await verify(one), []);
  const chains = await one.run('select actor, chain from opencapf_private.audit_entry');
  assert.equal(chains.length, 3);
});

test('many writers at once leave chains that verify', async () => {
  await using database = await testDatabase({ maxConnections: 8 });
  await using sql = await openSql(database);
  await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      database.database.transaction(async (queries) => {
        await recordAudit(queries, { actor: `writer ${n}`, action: 'test' });
        await delay(n % 5);
        await recordAudit(queries, { actor: `writer ${n}`, action: 'test again' });
      }),
    ),
  );
  assert.deepEqual(await verify(sql), []);
  const [{ count } = {}] = await sql.run('select count(*) from opencapf_private.audit_chain');
  assert.ok(Number(count) <= 8, `${count} chains for 8 connections`);
});
