import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { certificateMd5 } from '@opencapf/pki';
import { deleteDevice, forgetLsc, removeTrustCertificate, revokeCertificate } from '@opencapf/store';
import type { Precedence } from './precedence.js';
import type { ProofRules } from './proof-rules.js';
import { assertHas } from './testing/assert-has.js';
import { certify, expired, type Held, makeCa, proofBy } from './testing/held-certificates.js';
import { installLsc } from './testing/installed-lsc.js';
import { makeRig, phoneKey, type Rig } from './testing/rig.js';
import { ordinaryPhone, type ScriptedPhone } from './testing/scripted-phone.js';
import { trust } from './testing/trust.js';

const name = 'SEP001122334455';
const lscFirst = 'existingCertificateLscFirst';
const micFirst = 'existingCertificateMicFirst';
const author = { name: 'test' };
const maker = await makeCa();
const cluster = await makeCa();
const mic = await certify(maker, `CP-8841-${name}`);

/** A device with an LSC on record, which the phone got here. */
async function withLsc(rig: Rig): Promise<{ readonly device: number; readonly lsc: Held }> {
  const device = await rig.addDevice(name);
  return { device, lsc: await installLsc(rig, device, name) };
}

/** The phone comes with this proof. */
async function attempt(
  rig: Rig,
  held: Held | undefined,
  { sudi, rules = {} }: { readonly sudi?: Held | undefined; readonly rules?: Partial<ProofRules> } = {},
): Promise<ScriptedPhone> {
  const proof = held && proofBy(name, held, sudi);
  return await rig.serve(
    ordinaryPhone({ name, publicKey: await phoneKey({ kind: 'ec', size: 256 }), ...(proof && { proof }) }),
    { proofs: { ...rig.services.proofs, ...rules } },
  );
}

/** Queues a troubleshoot, which leaves the record as it is, and lets the phone prove itself for it. */
async function prove(
  rig: Rig,
  device: number,
  mode: Precedence,
  held: Held | undefined,
  options: { readonly sudi?: Held | undefined; readonly rules?: Partial<ProofRules> } = {},
): Promise<string> {
  await rig.queue(device, { kind: 'troubleshoot', mode });
  const phone = await attempt(rig, held, options);
  await rig.rows(
    `update opencapf_private.operation set state = 'cancelled', ended_at = now() where device_id = $1 and ended_at is null`,
    device,
  );
  if (phone.commands.length > 1) return 'accepted';
  assert.equal(phone.ended, 7);
  return (await rig.lastSession()).outcome ?? '';
}

async function reasonOf(rig: Rig): Promise<string> {
  return (await rig.lastSession()).reason ?? '';
}

async function idOf(rig: Rig, { certificate }: Held): Promise<number> {
  const [row] = await rig.rows<{ id: number }>(
    'select id from opencapf_private.certificate where der_sha256 = sha256($1)',
    certificate,
  );
  return row?.id ?? assert.fail('not on record');
}

describe('a proof by an existing certificate', () => {
  it('lets a phone install a new LSC by the one on record, and the session says so', async () => {
    await using rig = await makeRig();
    const { device, lsc } = await withLsc(rig);
    await rig.queue(device, { mode: lscFirst, keyOrder: 'ecOnly' });
    const phone = await attempt(rig, lsc);
    assert.equal(phone.ended, 1);
    assertHas(await rig.lastSession(), { outcome: 'installed' });
    assert.match(await reasonOf(rig), /proved itself by the LSC on record .* without SUDI/);
    assert.notEqual((await rig.shown(name))?.md5hash, certificateMd5(lsc.certificate));
    assert.equal(await prove(rig, device, lscFirst, lsc), 'certificate-refused');
    assert.match(await reasonOf(rig), /superseded/);
  });

  it('is accepted by a MIC of the trust store, which is recorded and counted, and changes no hash', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    assert.equal(await prove(rig, device, lscFirst, mic), 'certificate-refused');
    assert.match(await reasonOf(rig), /chain-issuer-unknown/);
    const sha256 = await trust(rig, maker.certificate.der, 'mic');
    assert.equal(await prove(rig, device, lscFirst, mic), 'accepted');
    const [row] = await rig.rows(
      'select type, origin, mic_certificate_id = c.id as current from opencapf_private.certificate c join opencapf_private.device d on d.id = c.device_id',
    );
    assert.deepEqual(row, { type: 'MIC', origin: 'presented', current: true });
    assert.equal((await rig.shown(name))?.md5hash, null);
    assert.deepEqual(rig.used, [sha256]);
    await removeTrustCertificate(rig.services.database, sha256, author);
    assert.equal(await prove(rig, device, lscFirst, mic), 'certificate-refused');
  });

  it('leaves the contract with the MIC after a delete', async () => {
    await using rig = await makeRig();
    const { device } = await withLsc(rig);
    await trust(rig, maker.certificate.der, 'mic');
    await rig.queue(device, { kind: 'delete', mode: micFirst });
    assert.equal((await attempt(rig, mic)).ended, 1);
    assert.equal((await rig.shown(name))?.md5hash, certificateMd5(mic.certificate));
  });

  it('is refused with 7 and changes nothing, when no certificate is shown, or by version 2', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const operation = await rig.queue(device, { mode: lscFirst });
    for (const phone of [
      ordinaryPhone({ name }),
      ordinaryPhone({ name, version: 2 }),
      ordinaryPhone({ name, password: '1234' }),
    ]) {
      assert.equal((await rig.serve(phone)).ended, 7);
      assertHas(await rig.lastSession(), { outcome: 'proof-missing' });
    }
    assertHas(await rig.operation(operation), { state: 'pending', reason_code: null, wrong_strings: 0 });
  });

  it("is refused by another device's certificate, and by one whose name only ends alike", async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    await trust(rig, maker.certificate.der, 'mic');
    for (const other of ['CP-8841-SEPFFFFFFFFFFFF', `CP8841${name}`, `${name}-CP-8841`]) {
      assert.equal(await prove(rig, device, micFirst, await certify(maker, other)), 'certificate-refused', other);
      assert.match(await reasonOf(rig), /binding-other-device/);
    }
    assert.equal(await prove(rig, device, micFirst, await certify(maker, name)), 'accepted');
  });

  it('is refused when the signatures are those of another key', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    await trust(rig, maker.certificate.der, 'mic');
    const other = await certify(maker, name);
    assert.equal(await prove(rig, device, micFirst, { ...mic, key: other.key }), 'signature-refused');
  });

  it('is refused for a key that is on record for another device', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const otherName = 'SEPAAAAAAAAAAAA';
    const other = await rig.addDevice(otherName);
    await trust(rig, maker.certificate.der, 'mic');
    const theirs = await certify(maker, otherName, { key: mic.key });
    await rig.queue(other, { kind: 'troubleshoot', mode: micFirst });
    await rig.serve(ordinaryPhone({ name: otherName, proof: proofBy(otherName, theirs) }));
    assert.equal(await prove(rig, device, micFirst, mic), 'certificate-refused');
    assert.match(await reasonOf(rig), new RegExp(otherName));
  });
});

describe('an LSC of ours', () => {
  it('is refused once it is revoked or forgotten, or its device was deleted', async () => {
    await using rig = await makeRig();
    const { device, lsc } = await withLsc(rig);
    const { database } = rig.services;
    assert.equal(await prove(rig, device, lscFirst, lsc), 'accepted');
    await revokeCertificate(database, await idOf(rig, lsc), 'keyCompromise', author);
    assert.equal(await prove(rig, device, lscFirst, lsc), 'certificate-refused');
    assert.match(await reasonOf(rig), /revoked/);
    const next = await installLsc(rig, device, name);
    await forgetLsc(database, name, author);
    assert.equal(await prove(rig, device, lscFirst, next), 'certificate-refused');
    assert.match(await reasonOf(rig), /deleted/);
    const last = await installLsc(rig, device, name);
    await deleteDevice(database, name, author);
    assert.equal(await prove(rig, await rig.addDevice(name), lscFirst, last), 'certificate-refused');
    assert.match(await reasonOf(rig), /revoked/);
  });

  it('is not believed when it is revoked between its check and the beginning of the operation', async () => {
    await using rig = await makeRig();
    const { device, lsc } = await withLsc(rig);
    const operation = await rig.queue(device, { mode: lscFirst });
    const { database } = rig.services;
    const certificate = await idOf(rig, lsc);
    const phone = await rig.serve(ordinaryPhone({ name, proof: proofBy(name, lsc) }), {
      database: {
        ...database,
        prepared: async <Row>(statement: string, text: string, values: readonly unknown[]) => {
          if (statement === 'begin-proven-operation') {
            await revokeCertificate(database, certificate, 'keyCompromise', author);
          }
          return await database.prepared<Row>(statement, text, values);
        },
      },
    });
    assert.equal(phone.ended, 'hung up');
    assert.deepEqual(phone.commands, ['AuthRequest']);
    assertHas(await rig.operation(operation), { state: 'pending', session_id: null });
  });

  it('must be the one on record, or a newer one whose acknowledgement was lost', async () => {
    await using rig = await makeRig();
    const { device } = await withLsc(rig);
    const older = await installLsc(rig, device, name, true);
    const current = await installLsc(rig, device, name);
    assert.equal(await prove(rig, device, lscFirst, older), 'certificate-refused');
    assert.match(await reasonOf(rig), /not the LSC on record/);
    const newer = await installLsc(rig, device, name, true);
    assert.equal(await prove(rig, device, lscFirst, newer), 'accepted');
    assert.equal((await rig.shown(name))?.md5hash, certificateMd5(newer.certificate));
    assert.equal(await prove(rig, device, lscFirst, current), 'certificate-refused');
  });

  it('is accepted after its end only as long as its issuer says', async () => {
    await using rig = await makeRig();
    const { device, lsc } = await withLsc(rig);
    rig.setTime(new Date('2027-12-01T00:00:00Z'));
    await rig.queue(device, { kind: 'troubleshoot', mode: lscFirst, completesBy: new Date('2029-01-01T00:00:00Z') });
    assert.equal((await attempt(rig, lsc)).ended, 7);
    assert.match(await reasonOf(rig), /expired on 2027-11-20/);
    await rig.rows(`update opencapf_private.issuer set accept_expired_until = '2028-01-01Z'`);
    assert.deepEqual((await attempt(rig, lsc)).commands, ['AuthRequest', 'FetchCertificateRequest']);
    assert.match(await reasonOf(rig), /past its date/);
    const audited = await rig.rows(
      `select detail -> 'warnings' as warnings from opencapf_private.audit_entry where action = 'authentication.accept'`,
    );
    assert.deepEqual(audited, [{ warnings: ['expired-accepted'] }]);
  });

  it('of 512 bits is accepted by its SHA-1 signature alone, where the minimum allows it', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    await trust(rig, cluster.certificate.der, 'foreignCapf');
    const small = await certify(cluster, name, { type: { kind: 'rsa', size: 512 } });
    const phone = () => ordinaryPhone({ name, proof: proofBy(name, small) });
    await rig.queue(device, { kind: 'troubleshoot', mode: lscFirst });
    assert.equal((await rig.serve(phone(), { proofs: { ...rig.services.proofs, minRsaBits: 1024 } })).ended, 7);
    assertHas(await rig.lastSession(), { outcome: 'signature-refused' });
    assert.ok((await rig.serve(phone())).commands.includes('FetchCertificateRequest'));
  });
});

describe('an LSC of another cluster', () => {
  it('is accepted while none of ours is on record', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const theirs = await certify(cluster, name);
    await trust(rig, cluster.certificate.der, 'foreignCapf');
    assert.equal(await prove(rig, device, lscFirst, theirs), 'accepted');
    assert.equal(await prove(rig, device, lscFirst, await certify(cluster, `CP-8841-${name}`)), 'certificate-refused');
    await installLsc(rig, device, name);
    assert.equal(await prove(rig, device, lscFirst, theirs), 'certificate-refused');
    assert.match(await reasonOf(rig), /of another cluster/);
  });
});

describe('precedence', () => {
  it('to the LSC: a MIC of a device with an LSC on record says that the LSC is gone', async () => {
    await using rig = await makeRig();
    const { device, lsc } = await withLsc(rig);
    await trust(rig, maker.certificate.der, 'mic');
    assert.equal(await prove(rig, device, lscFirst, mic), 'accepted');
    assert.match(await reasonOf(rig), /noted as gone/);
    assert.equal((await rig.shown(name))?.md5hash, certificateMd5(mic.certificate));
    const [row] = await rig.rows(
      'select lsc_gone_at is not null as gone, lsc_certificate_id from opencapf_private.device',
    );
    assert.deepEqual(row, { gone: true, lsc_certificate_id: await idOf(rig, lsc) });
    assert.equal(await prove(rig, device, lscFirst, mic), 'accepted');
    assert.doesNotMatch(await reasonOf(rig), /noted as gone/);
    assert.equal(await prove(rig, device, lscFirst, lsc), 'accepted');
  });

  it('to the LSC: a SUDI proof by the LSC says that it is there, whatever the phone proves itself with', async () => {
    await using rig = await makeRig();
    const { device, lsc } = await withLsc(rig);
    await trust(rig, maker.certificate.der, 'mic');
    assert.equal(await prove(rig, device, lscFirst, mic, { sudi: lsc }), 'accepted');
    assert.doesNotMatch(await reasonOf(rig), /noted as gone/);
    assert.equal((await rig.shown(name))?.md5hash, certificateMd5(lsc.certificate));
  });

  it('to the MIC: a MIC says nothing about the LSC, and an LSC is accepted with a warning', async () => {
    await using rig = await makeRig();
    const { device, lsc } = await withLsc(rig);
    await trust(rig, maker.certificate.der, 'mic');
    assert.equal(await prove(rig, device, micFirst, mic), 'accepted');
    assert.equal((await rig.shown(name))?.md5hash, certificateMd5(lsc.certificate));
    assert.equal(await prove(rig, device, micFirst, lsc), 'accepted');
    assert.match(await reasonOf(rig), /although its MIC was to come first/);
  });

  it('strict refuses both, until an administrator says that the LSC is lost', async () => {
    await using rig = await makeRig();
    const { device, lsc } = await withLsc(rig);
    await trust(rig, maker.certificate.der, 'mic');
    const rules = { strictPrecedence: true };
    assert.equal(await prove(rig, device, micFirst, lsc, { rules }), 'precedence-refused');
    assert.equal(await prove(rig, device, lscFirst, lsc, { rules }), 'accepted');
    await rig.serve(ordinaryPhone({ name }));
    assertHas(await rig.lastSession(), { outcome: 'lsc-gone' });
    assert.equal(await prove(rig, device, lscFirst, mic, { rules }), 'precedence-refused');
    await forgetLsc(rig.services.database, name, author);
    assert.equal(await prove(rig, device, lscFirst, mic, { rules }), 'accepted');
  });
});

describe('an expired MIC', () => {
  for (const allowed of [false, true]) {
    it(`is ${allowed ? 'accepted where its trust anchor allows it' : 'refused'}`, async () => {
      await using rig = await makeRig();
      const device = await rig.addDevice(name);
      await trust(rig, maker.certificate.der, 'mic', allowed);
      const old = await certify(maker, name, { dates: expired });
      assert.equal(await prove(rig, device, micFirst, old), allowed ? 'accepted' : 'certificate-refused');
      assert.match(await reasonOf(rig), allowed ? /past its date/ : /expired/);
    });
  }
});

describe('a SUDI proof', () => {
  it('is checked when shown, records its MIC, and is demanded from then on', async () => {
    await using rig = await makeRig();
    const { device, lsc } = await withLsc(rig);
    await trust(rig, maker.certificate.der, 'mic');
    assert.equal(await prove(rig, device, lscFirst, lsc), 'accepted');
    assert.equal(await prove(rig, device, lscFirst, lsc, { sudi: mic }), 'accepted');
    assert.match(await reasonOf(rig), /with SUDI by its MIC/);
    assert.ok(await idOf(rig, mic));
    assert.equal((await rig.shown(name))?.md5hash, certificateMd5(lsc.certificate));
    assert.equal(await prove(rig, device, lscFirst, lsc), 'sudi-missing');
    assert.equal(await prove(rig, device, lscFirst, lsc, { sudi: lsc }), 'accepted');
    assert.equal(await prove(rig, device, lscFirst, lsc, { rules: { requireSudi: 'never' } }), 'accepted');
  });

  it('is refused by the certificate of another device or by nobody we trust', async () => {
    await using rig = await makeRig();
    const { device, lsc } = await withLsc(rig);
    assert.equal(await prove(rig, device, lscFirst, lsc, { sudi: mic }), 'sudi-refused');
    await trust(rig, maker.certificate.der, 'mic');
    const foreign = await certify(maker, 'CP-8841-SEPFFFFFFFFFFFF');
    assert.equal(await prove(rig, device, lscFirst, lsc, { sudi: foreign }), 'sudi-refused');
    const [row] = await rig.rows('select sudi_seen_at from opencapf_private.device');
    assert.deepEqual(row, { sudi_seen_at: null });
  });
});
