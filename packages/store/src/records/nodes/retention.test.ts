import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addDevice, addIssuer, intendCertificate, openSql, type Sql } from '../../testing/facts.js';
import { testDatabase } from '../../testing/index.js';
import { forgetOld, type Retention } from '../index.js';

const day = 86_400_000;
const now = new Date('2026-11-20T18:00:00Z');
const daysAgo = (days: number): Date => new Date(now.getTime() - days * day);
const kept: Retention = { sessions: daysAgo(90), operations: daysAgo(365), certificates: daysAgo(365) };

async function operation(sql: Sql, device: string, { ended }: { readonly ended: Date | null }): Promise<number> {
  const [row] = await sql.run(
    `insert into opencapf_private.operation
       (device_id, device_name, kind, authentication_mode, completes_by, created_by, created_at, state, ended_at)
     select id, name, 'install', 'nullString', $2, 'test', $2, case when $3::timestamptz is null then 'pending' else 'expired' end, $3
     from opencapf_private.device where id = $1 returning id`,
    [device, ended ?? daysAgo(900), ended],
  );
  return Number(row?.['id']);
}

async function session(sql: Sql, device: string | null, ended: Date | null, of?: number): Promise<number> {
  const [row] = await sql.run(
    `insert into opencapf_private.session (wire_id, node_id, device_id, device_name, remote_address, remote_port, listener,
       started_at, ended_at, outcome, operation_id)
     values (1, gen_random_uuid(), $1, 'x', '192.0.2.1', 1, 'capf', $2, $3, case when $3::timestamptz is not null then 'phone-left' end, $4)
     returning id`,
    [device, ended ?? daysAgo(900), ended, of ?? null],
  );
  const id = Number(row?.['id']);
  if (of !== undefined) await sql.run('update opencapf_private.operation set session_id = $2 where id = $1', [of, id]);
  return id;
}

async function left(sql: Sql, table: 'operation' | 'session' | 'certificate'): Promise<readonly number[]> {
  return (await sql.run(`select id from opencapf_private.${table} order by id`)).map(({ id }) => Number(id));
}

describe('what is over for long', () => {
  it('is forgotten: operations, but for the last of a device, and sessions, but for the last and those of operations', async () => {
    await using test = await testDatabase();
    await using sql = await openSql(test);
    const device = await addDevice(sql, 'SEP000000000001');
    const old = await operation(sql, device, { ended: daysAgo(400) });
    const young = await operation(sql, device, { ended: daysAgo(300) });
    const last = await operation(sql, device, { ended: daysAgo(380) });
    const busy = await addDevice(sql, 'SEP000000000002');
    const open = await operation(sql, busy, { ended: null });

    await session(sql, device, daysAgo(400), old);
    const worked = await session(sql, device, daysAgo(300), young);
    await session(sql, device, daysAgo(91));
    await session(sql, null, daysAgo(200));
    const recent = await session(sql, null, daysAgo(89));
    const newest = await session(sql, device, daysAgo(100));
    const under = await session(sql, busy, null);

    assert.deepEqual(await forgetOld(test.database, kept), { operations: 1, sessions: 3, certificates: 0 });
    assert.deepEqual(await left(sql, 'operation'), [young, last, open]);
    assert.deepEqual(await left(sql, 'session'), [worked, recent, newest, under]);
    assert.deepEqual(await forgetOld(test.database, kept), { operations: 0, sessions: 0, certificates: 0 });
    const audit = await sql.run(
      `select actor, (detail ->> 'sessions')::integer as sessions from opencapf_private.audit_entry where action = 'records.forget'`,
    );
    assert.deepEqual(audit, [{ actor: 'system', sessions: 3 }]);
  });

  it('is forgotten: LSCs of ours that nobody can show any more, in batches', async () => {
    await using test = await testDatabase();
    await using sql = await openSql(test);
    const device = await addDevice(sql, 'SEP000000000001');
    const issuer = await addIssuer(sql);
    const certificate = async (moment: 'superseded_at' | 'deleted_at', since: Date, ends: Date): Promise<number> => {
      const made = await intendCertificate(sql, device, issuer);
      await sql.run(
        `update opencapf_private.certificate set der = $2, issued_at = $3::timestamptz, installed_at = $3, subject = 's', issuer = 'i',
           not_before = $3, not_after = $4, ${moment} = $3 + interval '1 microsecond' where id = $1`,
        [made.id, made.der, since, ends],
      );
      return Number(made.id);
    };
    await certificate('superseded_at', daysAgo(500), daysAgo(400));
    await certificate('deleted_at', daysAgo(500), daysAgo(400));
    const young = await certificate('superseded_at', daysAgo(300), daysAgo(400));
    const valid = await certificate('deleted_at', daysAgo(500), daysAgo(-10));
    const revoked = await certificate('superseded_at', daysAgo(500), daysAgo(400));
    await sql.run(
      `update opencapf_private.certificate set revoked_at = now(), revocation_reason = 'keyCompromise' where id = $1`,
      [revoked],
    );
    const intended = Number((await intendCertificate(sql, device, issuer)).id);
    await sql.run(
      `insert into opencapf_private.certificate (device_id, device_name, type, origin, issuer_id, serial, public_key, der,
         subject, issuer, not_before, not_after, intended_at, issued_at, installed_at, superseded_at)
       select $1, 'SEP000000000001', 'LSC', 'issued', $2, int8send(n), int8send(n), int8send(n), 's', 'i', $3, $4, $3, $3, $3, $3
       from generate_series(1, 2500) n`,
      [device, issuer, daysAgo(500), daysAgo(400)],
    );
    assert.deepEqual(await forgetOld(test.database, kept), { operations: 0, sessions: 0, certificates: 2502 });
    assert.deepEqual(await left(sql, 'certificate'), [young, valid, revoked, intended]);
  });
});
