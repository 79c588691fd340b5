import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { certificateMd5 } from '@opencapf/pki';
import { createMessage } from '@opencapf/protocol';
import { openSql } from '@opencapf/store/testing';
import { assertHas } from './testing/assert-has.js';
import { makeRig, phoneKey, type Rig, today } from './testing/rig.js';
import { ordinaryPhone, type ScriptedPhone } from './testing/scripted-phone.js';

const name = 'SEP001122334455';

/** Installs an LSC, or with `lost` lets its acknowledgement get lost and cancels the operation. Returns its DER. */
async function issueLsc(rig: Rig, device: number, lost = false): Promise<Buffer> {
  const operation = await rig.queue(device);
  let der: Buffer | undefined;
  const publicKey = await phoneKey();
  const usual = ordinaryPhone({ name, publicKey });
  await rig.serve(
    ordinaryPhone({
      name,
      publicKey,
      but: {
        StoreCertificateRequest: (request) => {
          der = request.certificate?.der;
          return lost ? 'phone-left' : usual.reactTo(request);
        },
      },
    }),
  );
  if (lost) {
    await rig.rows(
      `update opencapf_private.operation set state = 'cancelled', ended_at = now() where id = $1`,
      operation,
    );
  }
  return der ?? assert.fail('nothing was issued');
}

async function visit(rig: Rig, certificate?: Uint8Array): Promise<ScriptedPhone> {
  const phone = await rig.serve(ordinaryPhone(certificate === undefined ? { name } : { name, certificate }));
  assert.deepEqual(phone.commands, ['AuthRequest', 'FetchCertificateRequest']);
  assert.equal(phone.ended, 0);
  return phone;
}

async function shownHash(rig: Rig): Promise<string | null | undefined> {
  return (await rig.shown(name))?.md5hash;
}

describe('a phone that comes with nothing queued', () => {
  it('is believed the LSC on record, and nothing changes', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const der = await issueLsc(rig, device);
    await visit(rig, der);
    assert.equal(await shownHash(rig), certificateMd5(der));
    assertHas(await rig.lastSession(), { outcome: 'key-confirmed', end_reason: 0 });
  });

  it('is noted as having lost its LSC when it says so, and is believed the LSC again afterwards', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const der = await issueLsc(rig, device);
    await visit(rig);
    assert.equal(await shownHash(rig), null);
    assertHas(await rig.lastSession(), { outcome: 'lsc-gone' });
    const [lsc] = await rig.rows('select superseded_at, deleted_at, revoked_at from opencapf_private.certificate');
    assertHas(lsc, { superseded_at: null, deleted_at: null, revoked_at: null });
    await visit(rig);
    assertHas(await rig.lastSession(), { outcome: 'key-confirmed' });
    await visit(rig, der);
    assert.equal(await shownHash(rig), certificateMd5(der));
    assertHas(await rig.lastSession(), { outcome: 'key-recorded' });
  });

  it('is believed a newer LSC whose acknowledgement was lost: it is installed', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    await issueLsc(rig, device);
    const newer = await issueLsc(rig, device, true);
    await visit(rig, newer);
    assert.equal(await shownHash(rig), certificateMd5(newer));
    const states = await rig.rows(
      `select installed_at is not null as installed, superseded_at is not null as superseded
       from opencapf_private.certificate order by id`,
    );
    assert.deepEqual(states, [
      { installed: true, superseded: true },
      { installed: true, superseded: false },
    ]);
    const audit = await rig.rows(`select action, outcome from opencapf_private.audit_entry where action = 'key.sync'`);
    assert.deepEqual(audit, [{ action: 'key.sync', outcome: 'done' }]);
  });

  it('is not believed an LSC that was issued before the one on record', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const older = await issueLsc(rig, device, true);
    const der = await issueLsc(rig, device);
    await visit(rig, older);
    assert.equal(await shownHash(rig), certificateMd5(der));
    assertHas(await rig.lastSession(), { outcome: 'key-refused' });
  });

  it('is not believed an LSC that is superseded, deleted, revoked or expired', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const superseded = await issueLsc(rig, device);
    const lost = await issueLsc(rig, device, true);
    const der = await issueLsc(rig, device);
    await visit(rig, superseded);
    assertHas(await rig.lastSession(), { outcome: 'key-refused' });
    assert.equal(await shownHash(rig), certificateMd5(der));

    await rig.queue(device, { kind: 'delete' });
    await rig.serve(ordinaryPhone({ name }));
    for (const gone of [der, lost]) {
      await visit(rig, gone);
      assertHas(await rig.lastSession(), { outcome: 'key-refused' });
      assert.equal(await shownHash(rig), null);
    }

    const revoked = await issueLsc(rig, device, true);
    await rig.rows(
      `update opencapf_private.certificate set revoked_at = now(), revocation_reason = 'keyCompromise'
      where der_sha256 = sha256($1)`,
      revoked,
    );
    await visit(rig, revoked);
    assertHas(await rig.lastSession(), { outcome: 'key-refused' });

    const expired = await issueLsc(rig, device);
    rig.setTime(new Date(today.getTime() + 366 * 86_400_000));
    await visit(rig);
    await visit(rig, expired);
    assertHas(await rig.lastSession(), { outcome: 'key-refused' });
    assert.equal(await shownHash(rig), null);
  });

  it("is not believed another device's LSC or what was not issued here", async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const der = await issueLsc(rig, device);
    await rig.rows(`update opencapf_private.device set name = 'SEPFFFFFFFFFFFF' where id = $1`, device);
    await rig.addDevice(name);
    for (const foreign of [der, rig.issuer.certificate.der, Buffer.from('rubbish')]) {
      await visit(rig, foreign);
      assertHas(await rig.lastSession(), { outcome: 'key-refused' });
      assert.equal(await shownHash(rig), null);
    }
  });

  it('proves nothing by failing to answer', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const der = await issueLsc(rig, device);
    const phone = await rig.serve(
      ordinaryPhone({
        name,
        but: {
          FetchCertificateRequest: ({ sessionId }) =>
            createMessage('FetchCertificateResponse', sessionId, { reason: 3 }),
        },
      }),
    );
    assert.equal(phone.ended, 0);
    const gone = await rig.serve(ordinaryPhone({ name, but: { FetchCertificateRequest: () => 'phone-left' } }));
    assert.equal(gone.ended, 'hung up');
    assertHas(await rig.lastSession(), { outcome: 'phone-left' });
    assert.equal(await shownHash(rig), certificateMd5(der));
  });

  it('may change its key ten times a day, though always back to the installed LSC', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const der = await issueLsc(rig, device);
    for (let change = 0; change < 5; change++) {
      await visit(rig);
      assert.equal(await shownHash(rig), null);
      await visit(rig, der);
    }
    await visit(rig);
    assert.equal(await shownHash(rig), certificateMd5(der));
    assertHas(await rig.lastSession(), { outcome: 'key-changes-too-many', end_reason: 0 });
    assert.equal(rig.logged.length, 1);
    const refused = await rig.rows(
      `select from opencapf_private.audit_entry where action = 'key.sync' and outcome = 'refused'`,
    );
    assert.equal(refused.length, 1);

    rig.setTime(new Date(today.getTime() + 86_400_000));
    await visit(rig);
    assert.equal(await shownHash(rig), null);
    await rig.rows('update opencapf_private.device set key_sync_changes = 10');
    await visit(rig, der);
    assert.equal(await shownHash(rig), certificateMd5(der));
  });

  it('changes nothing on facts that have changed since they were read', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    await issueLsc(rig, device);
    const newer = await issueLsc(rig, device, true);
    const { database } = rig.services;
    let between = true;
    const slow = await rig.serve(ordinaryPhone({ name }), {
      database: {
        ...database,
        prepared: async <Row>(statement: string, text: string, values: readonly unknown[]) => {
          if (statement === 'sync-key' && between) {
            between = false;
            await visit(rig, newer);
          }
          return await database.prepared<Row>(statement, text, values);
        },
      },
    });
    assert.equal(slow.ended, 'hung up');
    assert.equal(await shownHash(rig), certificateMd5(newer));
  });

  it('is told 7 by version 2, and is not asked for anything', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    await rig.rows(
      `update opencapf_private.device set reset_required = true, reset_required_at = now() where id = $1`,
      device,
    );
    const phone = await rig.serve(ordinaryPhone({ name, version: 2 }));
    assert.deepEqual(phone.commands, ['AuthRequest']);
    assert.equal(phone.ended, 7);
    assertHas(await rig.lastSession(), { outcome: 'nothing-pending', end_reason: 7 });
    assert.equal((await rig.shown(name))?.reset_required, false);
  });

  it('is announced when the hash changes, and only then', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const der = await issueLsc(rig, device);
    await using sql = await openSql(rig.test);
    const listener = sql.client;
    const heard: (string | undefined)[] = [];
    listener.on('notification', ({ payload }) => heard.push(payload));
    await listener.query('listen device_changed');
    await visit(rig, der);
    await listener.query('select 1');
    assert.deepEqual(heard, []);
    await visit(rig);
    await listener.query('select 1');
    assert.deepEqual(heard, [name]);
  });
});
