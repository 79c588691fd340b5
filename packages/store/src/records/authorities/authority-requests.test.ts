import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Database } from '../../database/connect.js';
import { type TestDatabase, testDatabase } from '../../testing/database.js';
import { addDevice, openSql, type Sql } from '../../testing/facts.js';
import { intendRequest } from '../certificates/certificate-issuance.js';
import { expireOperation } from '../operations/operation-expiry.js';
import { readAskedCertificate, readRequestEnds } from './asked-certificates.js';
import { claimRequests, findDueAuthorities } from './claimed-requests.js';
import { retireIssuer } from './issuer-states.js';
import { hastenRequests, listAuthorityRequests } from './request-list.js';
import { deferRequest, endRequest, recordArrived } from './request-outcomes.js';

interface Site extends AsyncDisposable {
  readonly database: Database;
  readonly sql: Sql;
  readonly issuer: number;
  /** The operation that a session works on, and the certificate that it asked for. */
  readonly operation: number;
  readonly certificate: number;
  /** Ends the session as one that waits for the authority. */
  readonly letGo: () => Promise<void>;
  readonly state: () => Promise<string>;
}

const node = randomUUID();
const lease = 60_000;
const cause = { code: 'authority-pending', words: 'It decides.' };
const session = (device: string) => ({
  wire_id: 1,
  node_id: node,
  device_id: Number(device),
  remote_address: '192.0.2.1',
  remote_port: 1,
  listener: 'capf',
  started_at: new Date(),
  steps: [],
});
const ending = { ended_at: new Date(), outcome: 'waiting-for-authority', steps: [] };

async function site(): Promise<Site> {
  const test: TestDatabase = await testDatabase();
  const sql = await openSql(test);
  const { database } = test;
  const device = await addDevice(sql, 'SEP001122334455');
  const one = async (statement: string, ...values: unknown[]): Promise<number> =>
    Number((await sql.run(statement, values))[0]?.['id']);
  const issuer = await one(
    `insert into opencapf_private.issuer (name, kind, state) values ('site CA', 'est', 'active') returning id`,
  );
  const operation = await one(
    `insert into opencapf_private.operation (device_id, device_name, kind, authentication_mode, completes_by, created_by)
     values ($1, 'SEP001122334455', 'install', 'nullString', now() + interval '1 day', 'test') returning id`,
    device,
  );
  const begun = await one('select opencapf_private.begin_operation($1, $2) as id', operation, session(device));
  const intended = await intendRequest(
    database,
    { operation, session: begun },
    { issuer, publicKey: randomBytes(90), request: randomBytes(100), reference: 'ours' },
  );
  assert.ok(intended.standing === 'intended');
  return {
    database,
    sql,
    issuer,
    operation,
    certificate: intended.certificate,
    letGo: async () => {
      await sql.run(
        `select opencapf_private.release_operation($1, $2, 'waiting-for-authority', 'It waits.', null, null, $3)`,
        [operation, begun, ending],
      );
    },
    state: async () =>
      String((await sql.run('select state from opencapf_private.operation where id = $1', [operation]))[0]?.['state']),
    async [Symbol.asyncDispose]() {
      await sql[Symbol.asyncDispose]();
      await test[Symbol.asyncDispose]();
    },
  };
}

function arrived() {
  const [notBefore, notAfter] = [new Date(), new Date(Date.now() + 86_400_000)];
  return { der: randomBytes(200), serial: randomBytes(16), subject: 'CN=phone', issuer: 'CN=CA', notBefore, notAfter };
}

async function leaseIsOver({ sql }: Site): Promise<void> {
  await sql.run('update opencapf_private.authority_request set leased_until = now(), next_attempt_at = now()');
}

describe('a request to an authority elsewhere', () => {
  it('is claimed by one node at a time, and counts as lost when a node died while it sent it', async () => {
    await using at = await site();
    assert.deepEqual((await findDueAuthorities(at.database)).due, [{ issuer: at.issuer, atOnce: false }]);
    const [first] = await claimRequests(at.database, at.issuer, node, 10, lease);
    assert.equal(first?.todo.step, 'send');
    assert.deepEqual(await claimRequests(at.database, at.issuer, randomUUID(), 10, lease), []);
    assert.deepEqual((await findDueAuthorities(at.database)).due, []);

    await leaseIsOver(at);
    const other = randomUUID();
    const [second] = await claimRequests(at.database, at.issuer, other, 10, lease);
    assert.equal(second?.todo.step, 'reconcile');
    const { certificate } = at;
    const deferral = { state: 'waiting', afterMs: 0 } as const;
    assert.equal(await deferRequest(at.database, { certificate, node }, deferral, cause), false, 'its claim is over');
    assert.equal(await endRequest(at.database, { certificate, node: other }, 'abandoned', cause), true);
  });

  it('keeps its authority from being retired, and is left alone when that is not active', async () => {
    await using at = await site();
    const { database, issuer, sql, certificate } = at;
    await sql.run(`insert into opencapf_private.issuer (name, kind, state) values ('other CA', 'est', 'active')`);
    assert.equal(await retireIssuer(database, issuer, { name: 'test' }), 'hasRequests');
    await sql.run(`update opencapf_private.issuer set state = 'retired', retired_at = now() where id = $1`, [issuer]);
    assert.deepEqual((await findDueAuthorities(database)).due, []);
    assert.deepEqual(await claimRequests(database, issuer, node, 10, lease), []);
    await sql.run(`update opencapf_private.issuer set state = 'active', retired_at = null where id = $1`, [issuer]);
    const claimed = await claimRequests(database, issuer, node, 10, lease);
    assert.deepEqual(
      claimed.map((request) => request.certificate),
      [certificate],
    );
    await endRequest(database, { certificate, node }, 'denied', cause);
    assert.equal(await retireIssuer(database, issuer, { name: 'test' }), 'retired');
  });

  it('is polled by the name that the authority gave it', async () => {
    await using at = await site();
    const { certificate } = at;
    await claimRequests(at.database, at.issuer, node, 10, lease);
    const deferral = { state: 'pending', pollReference: '17', afterMs: 0 } as const;
    assert.equal(await deferRequest(at.database, { certificate, node }, deferral, cause), true);
    const [again] = await claimRequests(at.database, at.issuer, node, 10, lease);
    assert.deepEqual(again?.todo, { step: 'poll', pollReference: '17' });
  });

  it('leaves its operation waiting for it, and wakes the phone when its certificate has come', async () => {
    await using at = await site();
    await at.letGo();
    assert.equal(await at.state(), 'waitingForAuthority');
    await claimRequests(at.database, at.issuer, node, 10, lease);
    const certificate = arrived();
    assert.equal(await recordArrived(at.database, at.certificate, certificate), 'issued');
    assert.equal(await recordArrived(at.database, at.certificate, arrived()), 'known');
    assert.equal(await at.state(), 'pending');
    const [device] = await at.sql.run('select reset_required, reset_reason from opencapf_private.device');
    assert.equal(device?.['reset_required'], true);
    assert.match(String(device?.['reset_reason']), /issued the certificate/);
    const asked = await readAskedCertificate(at.database, at.operation, new Date());
    assert.deepEqual([asked?.end?.state, asked?.usable], ['issued', true]);
  });

  it('tells a session that lets go what came while it was at work', async () => {
    for (const came of ['issued', 'denied'] as const) {
      await using at = await site();
      const { certificate } = at;
      await claimRequests(at.database, at.issuer, node, 10, lease);
      if (came === 'issued') await recordArrived(at.database, certificate, arrived());
      else await endRequest(at.database, { certificate, node }, 'denied', { code: 'authority-denied', words: 'No.' });
      assert.equal(await at.state(), 'inProgress', 'the session decides');
      assert.equal((await readRequestEnds(at.database, [certificate])).get(certificate)?.state, came);
      await at.letGo();
      assert.equal(await at.state(), came === 'issued' ? 'pending' : 'failed');
    }
  });

  it('fails the operation that waits for it when it is denied', async () => {
    await using at = await site();
    await at.letGo();
    await claimRequests(at.database, at.issuer, node, 10, lease);
    const denied = { code: 'authority-denied', words: 'No.' };
    await endRequest(at.database, { certificate: at.certificate, node }, 'denied', denied);
    assert.equal(await at.state(), 'failed');
  });

  it('is abandoned when its operation ends; a certificate that comes later is recorded and stale', async () => {
    await using at = await site();
    await at.letGo();
    await claimRequests(at.database, at.issuer, node, 10, lease);
    await expireOperation(at.database, at.operation);
    const { rows } = await listAuthorityRequests(at.database, { open: false }, 10, undefined);
    assert.deepEqual(
      rows.map(({ state, reasonCode }) => [state, reasonCode]),
      [['abandoned', 'operation-expired']],
    );
    assert.equal(await recordArrived(at.database, at.certificate, arrived()), 'late');
    assert.equal((await at.sql.run('select from opencapf_private.stale_certificate')).length, 1);
    assert.equal(await at.state(), 'expired');
  });

  it('says so when the authority gave its serial number to another certificate', async () => {
    await using at = await site();
    const certificate = arrived();
    await at.sql.run(
      `insert into opencapf_private.certificate (device_name, type, origin, issuer_id, serial, public_key, der, subject, issuer,
         not_before, not_after, intended_at, issued_at)
       values ('SEP00', 'LSC', 'issued', $1, $2, 'key', 'der', 'CN=x', 'CN=y', now(), now(), now(), now())`,
      [at.issuer, certificate.serial],
    );
    assert.equal(await recordArrived(at.database, at.certificate, certificate), 'serialKnown');
  });

  it('is tried at once when an administrator says so, with an entry in the audit', async () => {
    await using at = await site();
    const { certificate } = at;
    await claimRequests(at.database, at.issuer, node, 10, lease);
    await deferRequest(at.database, { certificate, node }, { state: 'waiting', afterMs: undefined }, cause);
    assert.deepEqual((await findDueAuthorities(at.database)).due, []);
    assert.equal(await hastenRequests(at.database, { certificate }, { name: 'admin' }), 1);
    assert.deepEqual((await findDueAuthorities(at.database)).due, [{ issuer: at.issuer, atOnce: true }]);
    const audit = await at.sql.run(`select from opencapf_private.audit_entry where action = 'authority-request.retry'`);
    assert.equal(audit.length, 1);
  });
});
