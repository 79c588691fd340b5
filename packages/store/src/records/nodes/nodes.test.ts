import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { testDatabase } from '../../testing/database.js';
import { openSql, type Sql } from '../../testing/facts.js';
import { expireOverdueOperations } from '../operations/operation-expiry.js';
import { beat, endForgottenSessions, endLostSessions, forgetNode } from './nodes.js';

const node = (id: string) => ({ id, host: 'here', processId: 1, version: '0' });

/** A phone whose operation a session of this node works on, begun three minutes ago; the session's id. */
async function working(sql: Sql, name: string, nodeId: string): Promise<number> {
  const [row] = await sql.run(
    `with d as (insert into opencapf_private.device (name) values ($1) returning id),
     s as (insert into opencapf_private.session
         (wire_id, node_id, device_id, device_name, remote_address, remote_port, listener, authenticated_at)
       select 1, $2, id, $1, '192.0.2.1', 1, 'capf', now() - interval '3 minutes' from d returning id, device_id),
     o as (insert into opencapf_private.operation (device_id, device_name, kind, authentication_mode, completes_by, created_by,
         state, started_at, session_id)
       select device_id, $1, 'install', 'nullString', now() + interval '1 hour', 'test', 'inProgress', now(), id from s)
     select id from s`,
    [name, nodeId],
  );
  return Number(row?.['id']);
}

async function states(sql: Sql): Promise<readonly unknown[]> {
  const rows = await sql.run('select state from opencapf_private.operation order by device_name');
  return rows.map(({ state }) => state);
}

const ago = async (sql: Sql, column: string, id: string): Promise<void> => {
  await sql.run(`update opencapf_private.node set ${column} = now() - interval '2 minutes' where id = $1`, [id]);
};

test('what a silent node left behind waits for the phone again, what live nodes serve goes on', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  const [mine, alive, silent, unknown] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  for (const id of [mine, alive, silent]) await beat(database.database, node(id));
  await ago(sql, 'heartbeat_at', silent);
  await ago(sql, 'heard_since', mine);
  for (const [index, of] of [mine, alive, silent, unknown].entries()) await working(sql, `SEP00000000000${index}`, of);
  assert.equal(await endLostSessions(database.database, mine), 2);
  assert.deepEqual(await states(sql), ['inProgress', 'inProgress', 'pending', 'pending']);
  const open = await sql.run('select device_name from opencapf_private.session where ended_at is null order by 1');
  assert.deepEqual(open, [{ device_name: 'SEP000000000000' }, { device_name: 'SEP000000000001' }]);
  assert.equal(await endLostSessions(database.database, mine), 0);
});

test('after an outage of PostgreSQL the first node to be back gives the others time to be heard of', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  const [first, other] = [randomUUID(), randomUUID()];
  for (const id of [first, other]) {
    await beat(database.database, node(id));
    await ago(sql, 'heard_since', id);
    await ago(sql, 'heartbeat_at', id);
  }
  await working(sql, 'SEP000000000001', other);
  await beat(database.database, node(first));
  assert.equal(await endLostSessions(database.database, first), 0);
  await beat(database.database, node(other));
  await ago(sql, 'heard_since', first);
  assert.equal(await endLostSessions(database.database, first), 0);
  assert.deepEqual(await states(sql), ['inProgress']);
});

test('what a node knows nothing of any more is ended, what it serves and what just began is not', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  const mine = randomUUID();
  await beat(database.database, node(mine));
  const served = await working(sql, 'SEP000000000001', mine);
  await working(sql, 'SEP000000000002', mine);
  const young = await working(sql, 'SEP000000000003', mine);
  await sql.run('update opencapf_private.session set authenticated_at = now() where id = $1', [young]);
  assert.equal(await endForgottenSessions(database.database, mine, [served]), 1);
  assert.deepEqual(await states(sql), ['inProgress', 'pending', 'inProgress']);
});

test('a node that signs off is gone, and what it did not record is taken up', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  const [mine, other] = [randomUUID(), randomUUID()];
  await beat(database.database, node(mine));
  await beat(database.database, node(other));
  await working(sql, 'SEP000000000001', other);
  assert.equal(await endLostSessions(database.database, mine), 0);
  await forgetNode(database.database, other);
  assert.equal(await endLostSessions(database.database, mine), 1);
});

test('a beat tells what the clock of PostgreSQL shows', async () => {
  await using database = await testDatabase();
  const before = Date.now();
  const told = await beat(database.database, node(randomUUID()));
  assert.ok(told >= before - 5_000 && told <= Date.now() + 5_000, `${told}`);
});

test('operations whose time has passed end, those in progress when their session had time to finish', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  await working(sql, 'SEP000000000001', randomUUID());
  await working(sql, 'SEP000000000002', randomUUID());
  await sql.run(`update opencapf_private.operation set state = 'pending' where device_name = 'SEP000000000002'`);
  const after = (ms: number): Date => new Date(Date.now() + 3_600_000 + ms);
  const graceMs = 600_000;
  assert.equal(await expireOverdueOperations(database.database, after(-60_000), graceMs), 0);
  assert.equal(await expireOverdueOperations(database.database, after(60_000), graceMs), 1);
  assert.deepEqual(await states(sql), ['inProgress', 'expired']);
  assert.equal(await expireOverdueOperations(database.database, after(graceMs + 60_000), graceMs), 1);
  assert.deepEqual(await states(sql), ['expired', 'expired']);
  const audit = await sql.run(`select actor from opencapf_private.audit_entry where action = 'operation.expire'`);
  assert.deepEqual(audit, [{ actor: 'system' }, { actor: 'system' }]);
});
