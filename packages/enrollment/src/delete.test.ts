import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deleteCertificateResponse } from '@opencapf/protocol';
import { assertHas } from './testing/assert-has.js';
import { installLsc } from './testing/installed-lsc.js';
import { makeRig } from './testing/rig.js';
import { ordinaryPhone } from './testing/scripted-phone.js';

const name = 'SEP001122334455';

describe('a delete', () => {
  it('takes the LSC out of the contract, also when the phone says that it has none', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    for (const reason of [1, 7]) {
      await installLsc(rig, device, name);
      const operation = await rig.queue(device, { kind: 'delete' });
      const phone = await rig.serve(
        ordinaryPhone({
          name,
          but: { DeleteCertificateRequest: ({ sessionId }) => deleteCertificateResponse(sessionId, reason) },
        }),
      );
      assert.equal(phone.ended, 1);
      assert.equal((await rig.operation(operation)).state, 'successful');
      assertHas(await rig.shown(name), { md5hash: null, certificate: null, public_key: null, certificate_type: null });
    }
    const rows = await rig.rows('select from opencapf_private.certificate where deleted_at is not null');
    assert.equal(rows.length, 2);
  });

  it('is successful where there never was anything', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name), { kind: 'delete' });
    assert.equal((await rig.serve(ordinaryPhone({ name }))).ended, 1);
    assertHas(await rig.operation(operation), { state: 'successful' });
  });

  it('falls back to the MIC on record', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const { certificate: der } = await installLsc(rig, device, name);
    await rig.rows(
      `with mic as (insert into opencapf_private.certificate (device_id, device_name, type, origin, serial, public_key, der,
           subject, issuer, not_before, not_after)
         values ($1, $2, 'MIC', 'manual', '\\x01', 'key', $3, 'CN=mic', 'CN=ca', now(), now()) returning id)
       update opencapf_private.device set mic_certificate_id = mic.id from mic where device.id = $1`,
      device,
      name,
      Buffer.concat([der, Buffer.from('mic')]),
    );
    await rig.queue(device, { kind: 'delete' });
    await rig.serve(ordinaryPhone({ name }));
    assertHas(await rig.shown(name), { certificate_type: 'MIC', public_key: Buffer.from('key') });
  });

  it('waits for another attempt when the phone refuses, and changes nothing', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const { certificate: der } = await installLsc(rig, device, name);
    const operation = await rig.queue(device, { kind: 'delete' });
    const phone = await rig.serve(
      ordinaryPhone({
        name,
        but: { DeleteCertificateRequest: ({ sessionId }) => deleteCertificateResponse(sessionId, 3) },
      }),
    );
    assert.equal(phone.ended, 7);
    assertHas(await rig.operation(operation), { state: 'pending', reason_code: 'certificate-not-deleted' });
    assert.deepEqual((await rig.shown(name))?.certificate, der);
  });

  it('fails for a version-2 client, as a troubleshoot does', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    for (const kind of ['delete', 'troubleshoot'] as const) {
      const operation = await rig.queue(device, { kind });
      const phone = await rig.serve(ordinaryPhone({ name, version: 2 }));
      assert.deepEqual(phone.commands, ['AuthRequest']);
      assert.equal(phone.ended, 7);
      assertHas(await rig.operation(operation), { state: 'failed', reason_code: 'phone-version-too-old' });
    }
  });
});

describe('a troubleshoot', () => {
  it('reports what the phone shows, and whether it is the LSC on record', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const { certificate: der } = await installLsc(rig, device, name);
    const operation = await rig.queue(device, { kind: 'troubleshoot' });
    const before = await rig.shown(name);
    const phone = await rig.serve(ordinaryPhone({ name, certificate: der }));
    assert.deepEqual(phone.commands, ['AuthRequest', 'FetchCertificateRequest']);
    assert.equal(phone.ended, 0);
    const { state, report } = await rig.operation(operation);
    assert.equal(state, 'successful');
    assertHas((report as { lsc: object }).lsc, {
      found: true,
      onRecord: true,
      certificate: Buffer.from(der).toString('base64'),
    });
    assert.deepEqual((await rig.shown(name))?.certificate, before?.certificate);

    const foreign = await rig.queue(device, { kind: 'troubleshoot' });
    await rig.serve(ordinaryPhone({ name, certificate: rig.issuer.certificate.der }));
    assertHas(((await rig.operation(foreign)).report as { lsc: object }).lsc, { found: true, onRecord: false });
  });

  it('asks for the MIC too where that is switched on, and reports both', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const { certificate: der } = await installLsc(rig, device, name);
    const operation = await rig.queue(device, { kind: 'troubleshoot' });
    const phone = await rig.serve(ordinaryPhone({ name, certificate: der }), { fetchMic: true });
    assert.deepEqual(
      phone.received.slice(1).map(({ payload }) => [...payload]),
      [[], [3, 0, 1, 2]],
    );
    const { report } = await rig.operation(operation);
    assertHas((report as { mic: object }).mic, { found: true });
  });

  it('fails when nothing readable is shown, and ends with 0 all the same', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const shown: readonly [string, Buffer | undefined][] = [
      ['certificate-not-in-phone', undefined],
      ['certificate-shown-unreadable', Buffer.from('nothing')],
    ];
    for (const [code, certificate] of shown) {
      const operation = await rig.queue(device, { kind: 'troubleshoot' });
      const phone = await rig.serve(ordinaryPhone(certificate === undefined ? { name } : { name, certificate }));
      assert.equal(phone.ended, 0);
      assertHas(await rig.operation(operation), { state: 'failed', reason_code: code });
    }
  });
});
