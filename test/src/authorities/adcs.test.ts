import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { type AuthorityClient, AuthorityError, adcs, type CheckStep } from '@opencapf/authority';
import { generateKeyPair } from '@opencapf/pki';
import { AdcsHarness, derOf, enroller } from './adcs-harness.js';
import { FakeCa, type TlsIdentity } from './fake-ca.js';
import { FakeCertsrv, type FakeCertsrvSettings } from './fake-certsrv.js';
import { signedRequest } from './signed-request.js';

const never = new AbortController().signal;

interface Opening {
  readonly issuerCertificate: Uint8Array;
  readonly chain?: readonly Uint8Array[];
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
}

function open(url: string, { issuerCertificate, chain = [], settings = {}, secrets = {} }: Opening): AuthorityClient {
  const configuration = adcs.configuration.parse({ url, template: 'Phones', proofOfPossession: 'phone', ...settings });
  const surroundings = { issuerCertificate, chain, now: () => new Date(), randomBytes };
  return adcs.open(configuration, adcs.secrets.parse(secrets), surroundings);
}

async function submit(client: AuthorityClient) {
  return await client.submit(await client.compose(await signedRequest()), never);
}

async function steps(client: AuthorityClient): Promise<readonly CheckStep[]> {
  const found: CheckStep[] = [];
  for await (const step of client.check?.(never) ?? []) found.push(step);
  return found;
}

async function failure(promise: Promise<unknown>): Promise<AuthorityError> {
  try {
    await promise;
  } catch (fault) {
    assert.ok(fault instanceof AuthorityError, String(fault));
    assert.doesNotMatch(fault.message, /Password/);
    return fault;
  }
  throw new assert.AssertionError({ message: 'It did not fail.' });
}

/** The scenarios of security-guide-extracts.md, Table 27: which certificates an administrator has to give. */
describe('AD CS with the certificates of Table 27', () => {
  async function allIsWell(pages: FakeCertsrvSettings, opening: Opening): Promise<void> {
    await using fake = await FakeCertsrv.start(pages);
    const client = open(fake.url, opening);
    try {
      assert.deepEqual(
        (await steps(client)).filter(({ outcome }) => outcome !== 'ok'),
        [],
      );
      assert.equal((await submit(client)).state, 'issued');
    } finally {
      await client.close();
    }
  }

  it('needs the root alone where CA root and HTTPS certificate are the same', async () => {
    const ca = await FakeCa.create({ servesTls: true });
    await allIsWell({ ca, tls: await ca.ownIdentity() }, { issuerCertificate: ca.certificate });
  });

  it('needs the root alone where it issued the HTTPS certificate', async () => {
    const ca = await FakeCa.create();
    await allIsWell({ ca, tls: await ca.tlsIdentity('server') }, { issuerCertificate: ca.certificate });
  });

  it('needs the root beside the issuing CA where the root issued that and the HTTPS certificate', async () => {
    const root = await FakeCa.create({ name: 'Root' });
    const ca = await FakeCa.create({ name: 'Intermediate', parent: root });
    await allIsWell(
      { ca, tls: await root.tlsIdentity('server') },
      { issuerCertificate: ca.certificate, chain: [root.certificate] },
    );
  });

  it('needs both roots where another one vouches for the HTTPS certificate', async () => {
    const ca = await FakeCa.create({ name: 'LSC root' });
    const https = await FakeCa.create({ name: 'HTTPS root' });
    const pages = { ca, tls: await https.tlsIdentity('server') };
    const settings = { httpsTrustAnchors: https.pem };
    await allIsWell(pages, { issuerCertificate: ca.certificate, settings });
    await using fake = await FakeCertsrv.start(pages);
    const client = open(fake.url, { issuerCertificate: ca.certificate });
    assert.equal((await failure(submit(client))).code, 'authority-certificate-untrusted');
    await client.close();
  });
});

describe('a dry run of AD CS', () => {
  it('says who the CA is when it is another one than the settings say', async () => {
    const root = await FakeCa.create({ name: 'Root' });
    const ca = await FakeCa.create({ name: 'Intermediate', parent: root });
    await using fake = await FakeCertsrv.start({ ca, tls: await root.tlsIdentity('server') });
    const client = open(fake.url, { issuerCertificate: root.certificate, settings: { template: 'Phnes' } });
    const wrong = (await steps(client)).filter(({ outcome }) => outcome !== 'ok');
    assert.deepEqual(
      wrong.map(({ name, outcome }) => [name, outcome]),
      [
        ['trust anchor for issued LSCs', 'failed'],
        ['template Phnes', 'warning'],
      ],
    );
    assert.match(wrong[0]?.detail ?? '', /CN=Intermediate.* stands below .*CN=Root/);
    await client.close();
  });

  it('warns where nobody proves possession of the key, and such requests are denied with what to change', async () => {
    const ca = await FakeCa.create();
    await using fake = await FakeCertsrv.start({ ca, tls: await ca.tlsIdentity('server') });
    const client = open(fake.url, { issuerCertificate: ca.certificate, settings: { proofOfPossession: 'none' } });
    const last = (await steps(client)).at(-1);
    assert.deepEqual([last?.name, last?.outcome], ['proof of possession', 'warning']);
    const outcome = await client.submit(await client.compose(await signedRequest('nobody')), never);
    assert.equal(outcome.state, 'denied');
    assert.match(outcome.state === 'denied' ? outcome.reason : '', /^The CA wants requests that the phone signs/);
    await client.close();
  });

  it('shows a client certificate where the pages want one', async () => {
    const ca = await FakeCa.create();
    await using fake = await FakeCertsrv.start({ ca, tls: await ca.tlsIdentity('server'), clientAnchors: ca.pem });
    const { cert, key } = await ca.tlsIdentity('client');
    const opening = { issuerCertificate: ca.certificate };
    const settings = { clientCertificate: cert };
    const client = open(fake.url, { ...opening, settings, secrets: { clientKey: key } });
    assert.equal((await submit(client)).state, 'issued');
    const without = open(fake.url, opening);
    assert.equal((await failure(submit(without))).code, 'authority-login-refused');
    await client.close();
    await without.close();
  });
});

describe('what AD CS or its settings get wrong', () => {
  it('is named: the host', async () => {
    const ca = await FakeCa.create();
    const client = open('https://ca.invalid', { issuerCertificate: ca.certificate });
    const fault = await failure(submit(client));
    assert.deepEqual([fault.code, fault.consequence], ['authority-unreachable', 'retry']);
    const [first, ...more] = await steps(client);
    assert.deepEqual([first?.name, first?.outcome, more], ['name ca.invalid', 'failed', []]);
    await client.close();
  });

  it('is named: the password, without it, before anything is asked for', async () => {
    await using harness = await AdcsHarness.start();
    const client = harness.client({}, 'Not the Passw0rd');
    const fault = await failure(submit(client));
    assert.deepEqual([fault.code, fault.consequence], ['authority-login-refused', 'retry']);
    assert.doesNotMatch(fault.message, /Passw0rd/);
    assert.ok(!harness.pages.takePaths().some((path) => path.startsWith('POST')));
    await client.close();
  });

  it('is named: a server that offers Basic alone is told no password unless that is set', async () => {
    await using harness = await AdcsHarness.start({ schemes: ['Basic'] });
    const careful = harness.client();
    const fault = await failure(submit(careful));
    assert.equal(fault.code, 'authority-login-refused');
    assert.match(fault.message, /offers neither NTLM nor Negotiate but basic/);
    const told = harness.client({ authentication: 'basic' });
    assert.equal((await submit(told)).state, 'issued');
    await careful.close();
    await told.close();
  });

  it('is named: the template', async () => {
    await using harness = await AdcsHarness.start({ language: 'fr' });
    const client = harness.client({ template: 'Phnes' });
    const outcome = await submit(client);
    assert.equal(outcome.state, 'denied');
    assert.match(outcome.state === 'denied' ? outcome.reason : '', /^Correct the template .*0x80094800.*Phnes/);
    await client.close();
  });

  it('is named: a login that is bound to another TLS connection is refused', async () => {
    const ca = await FakeCa.create();
    const login = { schemes: ['NTLM'], user: enroller, password: enroller.password };
    const boundTo = derOf((await ca.tlsIdentity('server')).cert);
    await using fake = await FakeCertsrv.start({ ca, tls: await ca.tlsIdentity('server'), login, boundTo });
    const settings = { username: enroller.username, domain: enroller.domain };
    const client = open(fake.url, {
      issuerCertificate: ca.certificate,
      settings,
      secrets: { password: enroller.password },
    });
    assert.equal((await failure(submit(client))).code, 'authority-login-refused');
    assert.deepEqual(fake.refusedLogins, ['other channel bindings']);
    await client.close();
  });

  it('is named: pages that are none of AD CS, and answers without an end', async () => {
    const ca = await FakeCa.create();
    const tls = await ca.tlsIdentity('server');
    const opening = { issuerCertificate: ca.certificate };
    await using portal = await otherSite(tls, '<html><form action="/login">Please log in</form></html>');
    const lost = open(portal.url, opening);
    const fault = await failure(submit(lost));
    assert.deepEqual([fault.code, fault.consequence], ['authority-answer-unreadable', 'reconcile']);
    assert.match(fault.message, /another site or a login page/);
    const pages = (await steps(lost)).at(-1);
    assert.deepEqual([pages?.name, pages?.outcome], ['pages at /certsrv/', 'failed']);
    await lost.close();

    await using endless = await otherSite(tls, 'x'.repeat(50 * 1024 * 1024));
    const swamped = open(endless.url, opening);
    const tooLarge = await failure(submit(swamped));
    assert.deepEqual([tooLarge.code, tooLarge.consequence], ['authority-answer-too-large', 'retry']);
    await swamped.close();
  });

  it('is said of settings before anything is asked', () => {
    const settings = { url: 'https://ca.example.com', template: 'Phones' };
    assert.throws(() => adcs.configuration.parse({ ...settings, username: 'SITE\\enroller' }), /field of its own/);
    assert.throws(() => adcs.configuration.parse({ ...settings, url: 'http://ca.example.com' }), /https/);
    assert.throws(() => adcs.configuration.parse({ ...settings, template: 'Phones\r\nSAN:dns=x' }), /template/);
    const issuerCertificate = new Uint8Array();
    for (const lacking of [{ username: 'enroller' }, { authentication: 'basic' }]) {
      assert.throws(() => open('https://ca.example.com', { issuerCertificate, settings: lacking }), {
        code: 'authority-setting-invalid',
      });
    }
  });
});

describe('a request to AD CS whose answer was lost', () => {
  it('is found by its key among the numbers that were given since, and never sent again', async () => {
    await using harness = await AdcsHarness.start();
    const client = harness.client();
    assert.equal((await submit(client)).state, 'issued');
    const composed = await client.compose(await signedRequest());
    await harness.pages.requestOfSomebodyElse((await generateKeyPair({ kind: 'ec', size: 256 })).spki, 'issued');
    harness.pages.behaviour = 'loseAnswer';
    assert.equal((await failure(client.submit(composed, never))).consequence, 'reconcile');
    harness.pages.takePaths();
    const another = harness.client();
    const found = await another.reconcile?.(composed, never);
    assert.equal(found?.state, 'issued');
    assert.ok(!harness.pages.takePaths().some((path) => path.startsWith('POST')));
    assert.deepEqual(harness.ca.certifiedTwice(), []);
    await client.close();
    await another.close();
  });

  it('is unknown where it is not found, where one waits that may be it, and where there is nothing to begin from', async () => {
    await using harness = await AdcsHarness.start();
    const client = harness.client();
    const first = await client.compose(await signedRequest());
    assert.equal((await client.reconcile?.(first, never))?.state, 'unknown');
    assert.equal((await client.submit(first, never)).state, 'issued');
    const second = await client.compose(await signedRequest());
    assert.equal((await client.reconcile?.(second, never))?.state, 'unknown');
    await harness.pages.requestOfSomebodyElse(second.spki, 'pending');
    const outcome = await client.reconcile?.(second, never);
    assert.equal(outcome?.state, 'unknown');
    assert.match(outcome?.state === 'unknown' ? outcome.reason : '', /2 wait for approval/);
    await client.close();
  });
});

/** Something that is no AD CS and answers everything with this. */
async function otherSite(tls: TlsIdentity, body: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer({ ...tls }, (request, response) => {
    request.resume();
    response.on('error', () => undefined);
    response.end(request.method === 'GET' && body.length < 1000 ? '<html></html>' : body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
