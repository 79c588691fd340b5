import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { AuthorityError, type CertificateAuthority, cmp, ExternalAuthority } from '@opencapf/authority';
import { generateKeyPair, type KeyType } from '@opencapf/pki';
import { type Chaos, chaosSeed, type Fate, seededChaos } from './chaos.js';
import { FakeCa } from './fake-ca.js';
import { FakeCmp } from './fake-cmp.js';
import { macOfSecret } from './fake-cmp-protection.js';

const deviceName = 'SEP001122334455';
const expectedKey: KeyType = { kind: 'ec', size: 256 };
const secret = 'correct horse battery';
const certConf = 24;

type Settings = Readonly<Record<string, unknown>>;

function openAuthority(ca: FakeCa, settings: Settings, given: Settings = { secret }): CertificateAuthority {
  const issuerCertificate = ca.certificate;
  const surroundings = { issuerCertificate, chain: [], now: () => new Date(), randomBytes };
  const configuration = cmp.configuration.parse({ reference: 'opencapf', ...settings });
  const client = cmp.open(configuration, cmp.secrets.parse(given), surroundings);
  return new ExternalAuthority(client, { kind: 'cmp', issuerCertificate });
}

async function prepare(authority: CertificateAuthority) {
  const { spki } = await generateKeyPair(expectedKey);
  return await authority.prepare({ deviceName, spki, expectedKey, now: new Date() });
}

/** What asking comes to; every message is looked through for the secret. */
async function failureOf(authority: CertificateAuthority): Promise<AuthorityError> {
  try {
    await authority.issue(await prepare(authority));
  } catch (fault) {
    assert.ok(fault instanceof AuthorityError, String(fault));
    for (let each: unknown = fault; each instanceof Error; each = each.cause) {
      assert.doesNotMatch(`${each.message} ${each.stack}`, new RegExp(secret));
    }
    return fault;
  } finally {
    await authority.close?.();
  }
  throw new Error('It was issued.');
}

async function serving(server: Server): Promise<AsyncDisposable & { readonly port: number }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const ca = await FakeCa.create();

/** What asking a server comes to that answers with anything but what it should. */
async function failureWith(answer: RequestListener): Promise<AuthorityError> {
  await using server = await serving(createServer(answer));
  return await failureOf(openAuthority(ca, { url: `http://127.0.0.1:${server.port}/cmp` }));
}

const pkixcmp = { 'content-type': 'application/pkixcmp' };

describe('what may be wrong with the settings of a CMP authority is said', () => {
  it('the host', async () => {
    const { code, consequence, message } = await failureOf(openAuthority(ca, { url: 'http://ca.invalid/cmp' }));
    assert.deepEqual([code, consequence], ['authority-unreachable', 'retry']);
    assert.match(message, /cannot be resolved/);
  });

  it('the trust anchor for HTTPS, and with the right one it works', async () => {
    const stranger = await FakeCa.create();
    const fake = await FakeCmp.start({ ca, confirmation: 'implicit', protection: macOfSecret('opencapf', secret) });
    await using _ = fake;
    await using server = await serving(
      createTlsServer(await ca.tlsIdentity('server'), (request, response) => {
        // A gateway that ends TLS in front of the CA.
        const chunks: Uint8Array[] = [];
        request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
        request.on('end', () => {
          fetch(fake.url, { method: 'POST', headers: pkixcmp, body: Buffer.concat(chunks) })
            .then(async (answer) => response.writeHead(200, pkixcmp).end(Buffer.from(await answer.arrayBuffer())))
            .catch(() => response.destroy());
        });
      }),
    );
    const url = `https://127.0.0.1:${server.port}/cmp`;
    const { code, consequence } = await failureOf(openAuthority(ca, { url, httpsTrustAnchors: stranger.pem }));
    assert.deepEqual([code, consequence], ['authority-certificate-untrusted', 'retry']);
    const authority = openAuthority(ca, { url });
    assert.equal((await authority.issue(await prepare(authority))).state, 'issued');
    await authority.close?.();
  });

  it('the secret', async () => {
    await using fake = await FakeCmp.start({
      ca,
      confirmation: 'implicit',
      protection: macOfSecret('opencapf', 'another secret'),
    });
    const { code, consequence, message } = await failureOf(openAuthority(ca, { url: fake.url }));
    assert.deepEqual([code, consequence], ['authority-login-refused', 'reconcile']);
    assert.match(message, /badMessageCheck.*Correct reference and secret/);
  });

  it('the recipient', async () => {
    await using fake = await FakeCmp.start({
      ca,
      confirmation: 'implicit',
      protection: macOfSecret('opencapf', secret),
    });
    const authority = openAuthority(ca, { url: fake.url, recipient: 'CN=Another CA' });
    const outcome = await authority.issue(await prepare(authority));
    assert.equal(outcome.state === 'denied' && outcome.reason.startsWith('wrongAuthority'), true);
    await authority.close?.();
  });

  it('the path, the login page of a portal, and a page where a CMP message was due', async () => {
    const missing = await failureWith((_, response) => void response.writeHead(404).end());
    assert.deepEqual([missing.code, missing.consequence], ['authority-not-found', 'retry']);
    const page = '<html><body>Welcome</body></html>';
    const html = await failureWith(
      (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(page),
    );
    assert.deepEqual([html.code, html.consequence], ['authority-answer-unreadable', 'reconcile']);
    assert.match(html.message, /text\/html where a CMP message .* was due/);
    const mislabelled = await failureWith((_, response) => void response.writeHead(200, pkixcmp).end(page));
    assert.equal(mislabelled.code, 'authority-answer-unreadable');
  });

  it('settings that do not go together', async () => {
    const url = 'http://ca.invalid/cmp';
    const registration = await ca.tlsIdentity('client', 'RA');
    const { key } = await ca.tlsIdentity('client', 'Another');
    const signature = {
      protection: 'signature',
      signatureCertificate: registration.cert,
      protectionTrustAnchors: ca.pem,
    };
    const wrong: readonly (readonly [Settings, Settings])[] = [
      [{ url }, {}],
      [{ url, ...signature }, {}],
      [{ url, ...signature }, { signatureKey: key }],
      [{ url, recipient: 'no name' }, { secret }],
    ];
    for (const [settings, given] of wrong) {
      assert.throws(() => openAuthority(ca, settings, given), { code: 'authority-setting-invalid' });
    }
  });
});

describe('an answer that is none is not believed', () => {
  it('one of 50 MB', async () => {
    const { code } = await failureWith((_, response) => {
      response.writeHead(200, pkixcmp);
      const chunk = Buffer.alloc(1024 * 1024, 0x30);
      const more = (left: number): void => {
        if (left > 0 && !response.destroyed) response.write(chunk, () => more(left - 1));
      };
      more(50);
    });
    assert.equal(code, 'authority-answer-too-large');
  });

  it('one that was recorded before', async () => {
    await using fake = await FakeCmp.start({
      ca,
      confirmation: 'implicit',
      protection: macOfSecret('opencapf', secret),
    });
    let recorded: Uint8Array | undefined;
    await using server = await serving(
      createServer((request, response) => {
        const chunks: Uint8Array[] = [];
        request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
        request.on('end', async () => {
          const body = Buffer.concat(chunks);
          const answer = await fetch(fake.url, { method: 'POST', headers: pkixcmp, body });
          recorded ??= Buffer.from(await answer.arrayBuffer());
          response.writeHead(200, pkixcmp).end(recorded);
        });
      }),
    );
    const url = `http://127.0.0.1:${server.port}/`;
    const authority = openAuthority(ca, { url });
    assert.equal((await authority.issue(await prepare(authority))).state, 'issued');
    await authority.close?.();
    const { code, message } = await failureOf(openAuthority(ca, { url }));
    assert.equal(code, 'authority-answer-unprotected');
    assert.match(message, /replayed/);
  });
});

/** These fates, then all is calm. */
function fates(...courses: readonly Fate['course'][]): Chaos {
  const left = [...courses];
  return { seed: 0, fate: () => ({ delayMs: 0, course: left.shift() ?? 'serve' }) };
}

async function confirming(...courses: readonly Fate['course'][]) {
  const site = await FakeCa.create();
  const protection = macOfSecret('opencapf', secret);
  const fake = await FakeCmp.start({ ca: site, confirmation: 'explicit', protection, chaos: fates(...courses) });
  return { fake, authority: openAuthority(site, { url: fake.url }), site };
}

describe('the confirmation of a certificate', () => {
  it('is sent again when it was not taken', async () => {
    const { fake, authority } = await confirming('serve', 'busy', 'close');
    await using _ = fake;
    assert.equal((await authority.issue(await prepare(authority))).state, 'issued');
    assert.equal(fake.unconfirmed, 0);
    await authority.close?.();
  });

  it('that was heard without our hearing of it is found out: a repetition that is refused denies nothing', async () => {
    const { fake, authority, site } = await confirming('serve', 'loseAnswer');
    await using _ = fake;
    const prepared = await prepare(authority);
    await assert.rejects(authority.issue(prepared), { code: 'authority-answer-lost', consequence: 'reconcile' });
    assert.equal(fake.kinds.filter((kind) => kind === certConf).length, 2);
    assert.equal((await authority.reconcile?.(prepared))?.state, 'issued');
    assert.deepEqual([fake.unconfirmed, site.certified.length], [0, 1]);
    await authority.close?.();
  });

  it('that nobody heard leaves the certificate unused, until the authority sends it again', async () => {
    const { fake, authority, site } = await confirming('serve', 'close', 'close', 'close');
    await using _ = fake;
    const prepared = await prepare(authority);
    await assert.rejects(authority.issue(prepared), { code: 'authority-answer-lost', consequence: 'reconcile' });
    assert.equal(fake.unconfirmed, 1);
    assert.equal((await authority.reconcile?.(prepared))?.state, 'issued');
    assert.deepEqual([fake.unconfirmed, site.certified.length], [0, 1]);
    await authority.close?.();
  });

  it('is not made up for by asking again when the authority has forgotten the request', async () => {
    const { fake, authority, site } = await confirming('loseAnswer');
    await using _ = fake;
    const prepared = await prepare(authority);
    await assert.rejects(authority.issue(prepared), { consequence: 'reconcile' });
    fake.forget();
    assert.equal((await authority.reconcile?.(prepared))?.state, 'unknown');
    assert.equal(site.certified.length, 1);
    await authority.close?.();
  });
});

describe('a poll', () => {
  it('whose answer is lost is repeated, though the nonce that is due was lost with it', async () => {
    const { fake, authority, site } = await confirming('serve', 'loseAnswer', 'busy');
    await using _ = fake;
    fake.behaviour = 'pendThenIssue';
    const prepared = await prepare(authority);
    const told = await authority.issue(prepared);
    assert.ok(told.state === 'pending');
    const poll = async () => await authority.poll?.(prepared, told.pollReference);
    await assert.rejects(poll, { consequence: 'reconcile' });
    await assert.rejects(poll, { consequence: 'retry' });
    assert.equal((await poll())?.state, 'issued');
    assert.deepEqual([fake.unconfirmed, site.certified.length], [0, 1]);
    await authority.close?.();
  });
});

describe('a chaotic CMP authority', () => {
  it('certifies no key twice, and every phone ends with a certificate', async (t) => {
    const chaos = seededChaos(chaosSeed());
    t.diagnostic(`seed ${chaos.seed}`);
    const site = await FakeCa.create();
    const protection = macOfSecret('opencapf', secret);
    await using fake = await FakeCmp.start({ ca: site, confirmation: 'explicit', protection, chaos });
    const authority = openAuthority(site, { url: fake.url });
    const ends = await Promise.all(Array.from({ length: 100 }, () => enrol(authority)));
    await authority.close?.();
    assert.deepEqual(site.certifiedTwice(), []);
    assert.deepEqual([fake.faults, fake.unconfirmed], [[], 0]);
    assert.deepEqual([...new Set(ends)], ['issued']);
  });
});

/** A request of which nobody can say what came of it is given up, and there is a new key. */
async function enrol(authority: CertificateAuthority): Promise<string> {
  for (let keys = 0; keys < 20; keys++) {
    const end = await settle(authority);
    if (end !== 'unknown') return end;
  }
  return 'unknown';
}

/** Goes on with one request as the consequences of errors say. */
async function settle(authority: CertificateAuthority): Promise<string> {
  const prepared = await prepare(authority);
  const { spki, intent } = prepared;
  let step = async () => await authority.issue(await authority.resume({ deviceName, spki, intent, now: new Date() }));
  const find = async () => (await authority.reconcile?.(prepared)) ?? { state: 'unknown' as const };
  for (let tries = 0; tries < 50; tries++) {
    try {
      return (await step()).state;
    } catch (fault) {
      if (!(fault instanceof AuthorityError) || fault.consequence === 'fail') throw fault;
      if (fault.consequence === 'reconcile') step = find as typeof step;
    }
  }
  return 'never';
}
