import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { certificateMd5 } from '@opencapf/pki';
import { assertHas } from './testing/assert-has.js';
import { certify, expired, type Held, makeCa, proofBy } from './testing/held-certificates.js';
import { installLsc } from './testing/installed-lsc.js';
import { makeRig, type Rig } from './testing/rig.js';
import { ordinaryPhone, type ScriptedPhone } from './testing/scripted-phone.js';
import { trust } from './testing/trust.js';

const name = 'SEP001122334455';

async function shownHash(rig: Rig): Promise<string | null | undefined> {
  return (await rig.shown(name))?.md5hash;
}

describe('a phone that proves itself with nothing queued', async () => {
  const maker = await makeCa();
  const cluster = await makeCa();

  async function proveItself(rig: Rig, held: Held, signer = held): Promise<ScriptedPhone> {
    const proof = proofBy(name, { certificate: held.certificate, key: signer.key });
    return await rig.serve(ordinaryPhone({ name, certificate: held.certificate, proof }));
  }

  it('is not asked for its certificate, and is believed what it proved itself with', async () => {
    await using rig = await makeRig();
    await rig.addDevice(name);
    await trust(rig, maker.certificate.der, 'mic');
    await trust(rig, cluster.certificate.der, 'foreignCapf');
    const mic = await certify(maker, name);
    const theirs = await certify(cluster, name);
    for (const [held, type] of [
      [mic, 'MIC'],
      [theirs, 'LSC'],
    ] as const) {
      for (const outcome of ['key-recorded', 'key-confirmed']) {
        const phone = await proveItself(rig, held);
        assert.deepEqual(phone.commands, ['AuthRequest']);
        assert.equal(phone.ended, 0);
        assertHas(await rig.lastSession(), { outcome });
        assertHas(await rig.shown(name), { md5hash: certificateMd5(held.certificate), certificate_type: type });
      }
    }
    const newer = await certify(cluster, name);
    await proveItself(rig, newer);
    assert.equal(await shownHash(rig), certificateMd5(newer.certificate));
    await proveItself(rig, theirs);
    assert.equal(await shownHash(rig), certificateMd5(newer.certificate), 'a superseded one is not believed');
  });

  it('is asked like any other when its proof does not hold', async () => {
    await using rig = await makeRig();
    await rig.addDevice(name);
    await trust(rig, cluster.certificate.der, 'foreignCapf');
    const theirs = await certify(cluster, name);
    const phone = await proveItself(rig, theirs, await certify(cluster, name));
    assert.deepEqual(phone.commands, ['AuthRequest', 'FetchCertificateRequest']);
    assertHas(await rig.lastSession(), { outcome: 'key-refused' });
    assert.match((await rig.lastSession()).reason ?? '', /does not hold.*without a proof/);
    assert.deepEqual(await rig.rows('select from opencapf_private.certificate'), []);
  });

  it('with its MIC has lost the LSC on record, unless precedence is strict', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const { certificate: lsc } = await installLsc(rig, device, name);
    await trust(rig, maker.certificate.der, 'mic');
    const mic = await certify(maker, name);
    const proofs = { ...rig.services.proofs, strictPrecedence: true };
    const strict = await rig.serve(ordinaryPhone({ name, proof: proofBy(name, mic) }), { proofs });
    assert.equal(strict.ended, 0);
    assert.equal(await shownHash(rig), certificateMd5(lsc));
    await proveItself(rig, mic);
    assertHas(await rig.lastSession(), { outcome: 'lsc-gone' });
    assert.equal(await shownHash(rig), certificateMd5(mic.certificate));
  });

  it('with an expired certificate is believed where its anchor allows it, and the audit says so', async () => {
    await using rig = await makeRig();
    await rig.addDevice(name);
    await trust(rig, maker.certificate.der, 'mic', true);
    const old = await certify(maker, name, { dates: expired });
    for (const outcome of ['key-recorded', 'key-confirmed']) {
      await proveItself(rig, old);
      assertHas(await rig.lastSession(), { outcome });
    }
    const audited = await rig.rows(
      `select detail from opencapf_private.audit_entry where action = 'authentication.accept'`,
    );
    assert.deepEqual(audited, Array(2).fill({ detail: { warnings: ['expired-accepted'] } }));
  });
});
