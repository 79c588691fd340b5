import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { certificateMd5 } from '@opencapf/pki';
import { createMessage, fetchCertificateResponse } from '@opencapf/protocol';
import { revokeCertificate } from '@opencapf/store';
import { openSql } from '@opencapf/store/testing';
import { assertHas } from './testing/assert-has.js';
import { certify, expired, makeCa } from './testing/held-certificates.js';
import { installLsc } from './testing/installed-lsc.js';
import { makeRig, type Rig, today } from './testing/rig.js';
import { ordinaryPhone, type ScriptedPhone } from './testing/scripted-phone.js';
import { trust } from './testing/trust.js';

const name = 'SEP001122334455';

/** DER of an LSC that the phone installed, or with `lost` did not acknowledge. */
async function issueLsc(rig: Rig, device: number, lost = false): Promise<Uint8Array> {
  return (await installLsc(rig, device, name, lost)).certificate;
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

describe('a phone that shows a MIC with nothing queued', async () => {
  const maker = await makeCa();
  const mic = await certify(maker, `CP-8841-${name}`);

  it('is believed it while no LSC is on record: it is recorded and shown', async () => {
    await using rig = await makeRig();
    await rig.addDevice(name);
    await visit(rig, mic.certificate);
    assertHas(await rig.lastSession(), { outcome: 'key-refused' });
    assert.deepEqual(await rig.rows('select from opencapf_private.certificate'), [], 'no unverified key is recorded');
    const sha256 = await trust(rig, maker.certificate.der, 'mic');
    await visit(rig, mic.certificate);
    assertHas(await rig.lastSession(), { outcome: 'key-recorded' });
    assertHas(await rig.shown(name), { md5hash: certificateMd5(mic.certificate), certificate_type: 'MIC' });
    assert.deepEqual(rig.used, [sha256]);
    await visit(rig, mic.certificate);
    assertHas(await rig.lastSession(), { outcome: 'key-confirmed' });
  });

  it('is noted as having lost the LSC on record, and is believed that again afterwards', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const lsc = await issueLsc(rig, device);
    await trust(rig, maker.certificate.der, 'mic');
    await visit(rig, mic.certificate);
    assertHas(await rig.lastSession(), { outcome: 'lsc-gone' });
    assertHas(await rig.shown(name), { md5hash: certificateMd5(mic.certificate), certificate_type: 'MIC' });
    await visit(rig, lsc);
    assertHas(await rig.shown(name), { md5hash: certificateMd5(lsc), certificate_type: 'LSC' });
    await visit(rig);
    assertHas(await rig.shown(name), { md5hash: certificateMd5(mic.certificate), certificate_type: 'MIC' });
  });

  it("is not believed an expired one, another device's or a revoked one", async () => {
    await using rig = await makeRig();
    await rig.addDevice(name);
    await trust(rig, maker.certificate.der, 'mic', true);
    const others = [
      await certify(maker, name, { dates: expired }),
      await certify(maker, 'CP-8841-SEPFFFFFFFFFFFF'),
      await certify(maker, `X${name}`),
    ];
    for (const { certificate } of others) {
      await visit(rig, certificate);
      assertHas(await rig.lastSession(), { outcome: 'key-refused' });
    }
    await visit(rig, mic.certificate);
    const [row] = await rig.rows<{ id: number }>('select id from opencapf_private.certificate');
    await revokeCertificate(rig.services.database, row?.id ?? 0, 'keyCompromise', { name: 'test' });
    assert.equal(await shownHash(rig), null);
    await visit(rig, mic.certificate);
    assertHas(await rig.lastSession(), { outcome: 'key-refused' });
    assert.equal(await shownHash(rig), null);
  });

  it('is asked for it, where that is wanted, when it says that it has no LSC', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    await issueLsc(rig, device);
    await trust(rig, maker.certificate.der, 'mic');
    const phone = ordinaryPhone({
      name,
      but: {
        FetchCertificateRequest: ({ sessionId, certificateType }) =>
          fetchCertificateResponse(sessionId, certificateType === 2 ? mic.certificate : undefined),
      },
    });
    await rig.serve(phone, { fetchMic: true });
    assert.deepEqual(phone.commands, ['AuthRequest', 'FetchCertificateRequest', 'FetchCertificateRequest']);
    assertHas(await rig.lastSession(), { outcome: 'lsc-gone' });
    assert.equal(await shownHash(rig), certificateMd5(mic.certificate));
  });
});
