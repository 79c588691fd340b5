import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { askForCertificate, dryRun, outline, refusalOf } from './asking.js';
import { calm } from './chaos.js';
import { openEst } from './est-harness.js';
import { FakeCa } from './fake-ca.js';
import { FakeEst } from './fake-est.js';

const login = { username: 'opencapf', password: 'swordfish' };

const allWell = [
  'name 127.0.0.1: ok',
  'TLS to 127.0.0.1: ok',
  'login: ok',
  'CA certificates at /.well-known/est/cacerts: ok',
  'trust anchor for issued LSCs: ok',
  'issuing certificate: ok',
  'CSR attributes: ok',
];

/** The rows of Table 27 (security-guide-extracts.md): who issues, what the web server shows, and what is given. */
const uploadScenarios = {
  'the CA root is the HTTPS certificate, too: the root is given': async () => {
    const root = await FakeCa.create({ servesTls: true });
    return { issuing: root, tls: await root.ownIdentity(), given: {} };
  },
  'the HTTPS certificate is issued by the CA root: the root is given': async () => {
    const root = await FakeCa.create();
    return { issuing: root, tls: await root.tlsIdentity('server'), given: {} };
  },
  'an intermediate CA issues LSCs, and the root above it the HTTPS certificate: the two are given as one chain':
    async () => {
      const root = await FakeCa.create({ name: 'Root' });
      const issuing = await FakeCa.create({ name: 'Phones', parent: root });
      return { issuing, tls: await root.tlsIdentity('server'), given: {} };
    },
  'LSCs and HTTPS certificate have nothing in common: the root of HTTPS is given beside': async () => {
    const [issuing, web] = await Promise.all([FakeCa.create({ name: 'Phones' }), FakeCa.create({ name: 'Web' })]);
    return { issuing, tls: await web.tlsIdentity('server'), given: { httpsTrustAnchors: web.pem } };
  },
};

describe('the two trust anchors of an EST authority', () => {
  for (const [scenario, make] of Object.entries(uploadScenarios)) {
    it(`suffice when ${scenario}`, async () => {
      const { issuing, tls, given } = await make();
      await using server = await FakeEst.start({ ca: issuing, tls, chaos: calm });
      const authority = openEst(server.url, issuing, given);
      assert.equal((await askForCertificate(authority)).state, 'issued');
      const steps = await dryRun(authority);
      assert.deepEqual(outline(steps), allWell, JSON.stringify(steps));
    });
  }

  it('are both looked at: with that of HTTPS wrong nothing is asked', async () => {
    const [ca, stranger] = await Promise.all([FakeCa.create(), FakeCa.create()]);
    await using server = await FakeEst.start({ ca, tls: await ca.tlsIdentity('server'), chaos: calm });
    const open = () => openEst(server.url, ca, { httpsTrustAnchors: stranger.pem });
    const { code, consequence } = await refusalOf(open());
    assert.deepEqual([code, consequence], ['authority-certificate-untrusted', 'retry']);
    const steps = await dryRun(open());
    assert.deepEqual(outline(steps), ['name 127.0.0.1: ok', 'TLS to 127.0.0.1: failed']);
    assert.match(steps[1]?.detail ?? '', /trust anchor/);
    assert.equal(ca.certified.length, 0);
  });

  it('are both looked at: with that of LSCs wrong no certificate passes', async () => {
    const [ca, stranger] = await Promise.all([FakeCa.create(), FakeCa.create({ name: 'Stranger' })]);
    await using server = await FakeEst.start({ ca, tls: await ca.tlsIdentity('server'), chaos: calm });
    const open = () => openEst(server.url, stranger, { httpsTrustAnchors: ca.pem });
    assert.equal((await refusalOf(open())).code, 'issued-certificate-untrusted');
    const steps = await dryRun(open());
    assert.equal(steps.find(({ name }) => name === 'trust anchor for issued LSCs')?.outcome, 'failed');
  });
});

describe('a dry run with an EST authority', () => {
  it('says which step fails, and what to change', async () => {
    const ca = await FakeCa.create();
    const tls = await ca.tlsIdentity('server');
    await using server = await FakeEst.start({ ca, tls, login, label: 'phones', chaos: calm });
    const right = { label: 'phones', username: login.username };
    const run = async (configuration: object, password = login.password) =>
      (await dryRun(openEst(server.url, ca, { ...right, ...configuration }, { password }))).filter(
        ({ outcome }) => outcome !== 'ok',
      );
    assert.deepEqual(await run({}), []);
    const [wrongPassword] = await run({}, 'swordfisch');
    assert.equal(wrongPassword?.name, 'login');
    assert.match(wrongPassword?.detail ?? '', /Correct user name, password/);
    assert.doesNotMatch(wrongPassword?.detail ?? '', /swordfisch/);
    const wrongLabel = await run({ label: 'phone' });
    assert.deepEqual(
      wrongLabel.map(({ name }) => name),
      ['login', 'CA certificates at /.well-known/est/phone/cacerts'],
    );
    assert.match(wrongLabel[1]?.detail ?? '', /Check path, label/);
    const [noProof] = await run({ proofOfPossession: 'none' });
    assert.deepEqual([noProof?.name, noProof?.outcome], ['proof of possession', 'warning']);
    const [unknown] = await run({ url: 'https://ca.invalid' });
    assert.deepEqual([unknown?.name, unknown?.outcome], ['name ca.invalid', 'failed']);
    assert.equal(ca.certified.length, 0, 'a dry run asks for no certificate');
    await server.stop();
    const [away] = await run({});
    assert.match(`${away?.name} ${away?.detail}`, /^connection to .* refuses connections/);
  });
});
