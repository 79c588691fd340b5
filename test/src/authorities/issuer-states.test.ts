import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LocalAuthority } from '@opencapf/authority';
import { createPhoneTls, type Enrollment, enroll, type PhoneIdentity, readCapfTrust } from '@opencapf/phone';
import { createIssuerCertificate, createSigner, exportPkcs8, generateKeyPair, loadIssuer } from '@opencapf/pki';
import { stageIssuer } from '@opencapf/store';
import { Administrator, administratorSettings } from '../support/administrator.js';
import { Enrolments, makeKey } from '../support/enrolments.js';

/** A site with an issuer that is staged, and whose key the test has too. */
async function siteWithStaged(enrolments: Enrolments) {
  const keys = await generateKeyPair({ kind: 'ec', size: 256 });
  const certificate = await createIssuerCertificate(createSigner(keys), { commonName: 'Next' });
  const kept = { publicKey: keys.spki, algorithm: 'EC 256', kept: { pkcs8: exportPkcs8(keys.privateKey) } };
  const issuer = { name: 'Next', kind: 'local', signing: { certificate, chain: [] }, key: kept } as const;
  const staged = await stageIssuer(enrolments.test.database, enrolments.secretKey, issuer, { name: 'test' });
  assert.equal(staged.outcome, 'staged');
  const authority = new LocalAuthority(loadIssuer(certificate, createSigner(keys)));
  return {
    /** An LSC of the staged issuer for a name, as nobody should have one. */
    certify: async (deviceName: string): Promise<PhoneIdentity> => {
      const key = await generateKeyPair({ kind: 'rsa', size: 2048 });
      const prepared = await authority.prepare({ deviceName, spki: key.spki, expectedKey: key.type, now: new Date() });
      const issued = await authority.issue(prepared);
      return { lsc: { certificate: issued.certificate, key } };
    },
  };
}

async function visitByLsc(
  enrolments: Enrolments,
  administrator: Administrator,
  name: string,
  identity: PhoneIdentity,
): Promise<Enrollment> {
  const trust = readCapfTrust(Buffer.from(enrolments.at.ca + (await administrator.trustBundle())));
  const tls = createPhoneTls({ trust });
  const { capfPort: port } = enrolments.at;
  return await enroll({ host: '127.0.0.1', port, name, identity, tls, proof: { by: ['lsc'] } }, { makeKey });
}

async function queueByLsc(administrator: Administrator, name: string): Promise<void> {
  const operation = { operation: 'install', authenticationMode: 'existingCertificateLscFirst', rsaKeySize: 1024 };
  await administrator.call('POST', `/v1/devices/${name}/operations`, operation, 201);
}

describe('an LSC proves identity', () => {
  it('when its issuer is retired and the successor signs what the phone gets for it', async () => {
    await using enrolments = await Enrolments.start(administratorSettings);
    await using administrator = new Administrator(enrolments.at);
    const name = 'SEP000000000001';
    await enrolments.queueInstall(name);
    const { identity } = await enrolments.enroll(name);
    await siteWithStaged(enrolments);
    await administrator.call('POST', '/v1/authorities/Next/activate', { confirmed: true, makeDefault: true });
    await administrator.call('POST', '/v1/authorities/local/retire');
    assert.equal((await visitByLsc(enrolments, administrator, name, identity)).outcome.kind, 'nothingPending');
    await queueByLsc(administrator, name);
    const renewed = await visitByLsc(enrolments, administrator, name, identity);
    assert.equal(renewed.outcome.kind, 'installed');
    const signers = await enrolments.rows(`
      select i.name, i.state from opencapf_private.certificate c join opencapf_private.issuer i on i.id = c.issuer_id
        where c.device_name = '${name}' order by c.id`);
    assert.deepEqual(signers, [
      { name: 'local', state: 'retired' },
      { name: 'Next', state: 'active' },
    ]);
  });

  it('not while its issuer is staged: neither for an operation nor with nothing queued', async () => {
    await using enrolments = await Enrolments.start(administratorSettings);
    await using administrator = new Administrator(enrolments.at);
    const { certify } = await siteWithStaged(enrolments);
    const [queued, idle] = ['SEP000000000002', 'SEP000000000003'];
    for (const name of [queued, idle]) await administrator.call('PUT', `/v1/devices/${name}`, {}, 201);
    await queueByLsc(administrator, queued);
    const refused = await visitByLsc(enrolments, administrator, queued, await certify(queued));
    assert.equal(refused.outcome.kind, 'refused');
    await visitByLsc(enrolments, administrator, idle, await certify(idle));
    const sessions = await enrolments.rows<{ name: string; outcome: string; reason: string }>(
      'select device_name as name, outcome, reason from opencapf_private.session order by device_name',
    );
    // Where nothing was queued the code says that nothing was recorded; which check failed stands in the reason of both.
    assert.deepEqual(
      sessions.map(({ name, outcome }) => ({ name, outcome })),
      [
        { name: queued, outcome: 'certificate-refused' },
        { name: idle, outcome: 'key-refused' },
      ],
    );
    for (const { reason } of sessions) assert.match(reason, /\[chain-issuer-unknown\]/);
    assert.match(sessions[1]?.reason ?? '', /^The proof that the phone showed does not hold: /);
    const kept = await enrolments.rows(`
      select md5hash, public_key from public.device where name in ('${queued}', '${idle}') order by name`);
    assert.deepEqual(kept, Array(2).fill({ md5hash: null, public_key: null }));
  });
});
