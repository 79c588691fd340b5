import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { est } from '@opencapf/authority';
import { askForCertificate, refusalOf } from './asking.js';
import { certsOnly } from './certs-only.js';
import { type EstHarness, estHarness, openEst } from './est-harness.js';

const login = { username: 'opencapf', password: 'swordfish' };
const credentials = Buffer.from('opencapf:swordfish').toString('base64');
const pkcs7Type = { 'content-type': 'application/pkcs7-mime' };

describe('what an EST authority answers', () => {
  let harness: EstHarness;

  before(async () => {
    harness = await estHarness({
      configuration: { username: login.username },
      secrets: { password: login.password },
      server: { login },
    });
  });
  after(async () => await harness[Symbol.asyncDispose]());

  const answers: Readonly<
    Record<
      string,
      { readonly make: (response: ServerResponse) => unknown; readonly code: string; readonly words: RegExp }
    >
  > = {
    'a web page where PKCS#7 was due': {
      make: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>'),
      code: 'authority-answer-unreadable',
      words: /a web page instead of PKCS#7\. Check the URL/,
    },
    'truncated base64': {
      make: (response) => response.writeHead(200, pkcs7Type).end('MIIBcgYJKoZIhvcNAQcCoII'),
      code: 'authority-answer-unreadable',
      words: /neither base64 nor PKCS#7/,
    },
    'truncated PKCS#7': {
      make: (response) =>
        response.writeHead(200, pkcs7Type).end(base64Of(certsOnly([harness.ca.certificate])).slice(0, 200)),
      code: 'authority-answer-unreadable',
      words: /no readable PKCS#7 of certificates, or with a part of it/,
    },
    'PKCS#7 without certificates': {
      make: (response) => response.writeHead(200, pkcs7Type).end(base64Of(certsOnly([]))),
      code: 'authority-answer-unreadable',
      words: /holds no certificates/,
    },
    'PKCS#7 with the certificate of the CA alone': {
      make: (response) => response.writeHead(200, pkcs7Type).end(base64Of(certsOnly([harness.ca.certificate]))),
      code: 'issued-certificate-missing',
      words: /none of them is for the key/,
    },
    '50 MB': {
      make: (response) => response.writeHead(200, { ...pkcs7Type, 'content-length': '50000000' }).flushHeaders(),
      code: 'authority-answer-too-large',
      words: /no answer of the protocol has/,
    },
    'a way to somewhere else': {
      make: (response) => response.writeHead(302, { location: 'https://elsewhere.example.com/' }).end(),
      code: 'authority-not-found',
      words: /leads elsewhere/,
    },
    'that it is too busy': {
      make: (response) => response.writeHead(503, { 'retry-after': '17' }).end(),
      code: 'authority-busy',
      words: /takes no requests now/,
    },
    'that something broke': {
      make: (response) => response.writeHead(500).end(`${credentials} swordfish`),
      code: 'authority-answer-unreadable',
      words: /HTTP status 500\. Look into the log/,
    },
  };
  for (const [what, { make, code, words }] of Object.entries(answers)) {
    it(`is told apart: ${what}`, async () => {
      harness.server.instead = (_, response) => void make(response);
      try {
        const fault = await refusalOf(await harness.open(), login.password, credentials);
        assert.equal(fault.code, code);
        assert.match(fault.message, words);
        assert.equal(fault.retryAfter, code === 'authority-busy' ? 17_000 : undefined);
      } finally {
        harness.server.instead = undefined;
      }
    });
  }

  it('may be base64 with or without line breaks, or bytes', async () => {
    const { ca, server } = harness;
    const message = Buffer.from(certsOnly([ca.certificate]));
    const base64 = message.toString('base64');
    for (const body of [base64, base64.replace(/.{1,76}/g, '$&\r\n'), `\n ${base64}\n\n`, message]) {
      server.instead = (_, response) => void response.writeHead(200, pkcs7Type).end(body);
      const authority = await harness.open();
      assert.deepEqual(
        (await authority.fetchChain?.())?.map((der) => Buffer.from(der)),
        [Buffer.from(ca.certificate)],
      );
      await authority.close?.();
    }
    server.instead = undefined;
  });

  it('are the reasons for a refusal in its own words, without our secrets', async () => {
    harness.server.instead = (_, response) =>
      void response
        .writeHead(400, { 'content-type': 'text/plain' })
        .end(`No!\r\nYou sent swordfish and ${credentials}.`);
    const authority = await harness.open();
    const outcome = await askForCertificate(authority);
    harness.server.instead = undefined;
    assert.deepEqual(outcome, { state: 'denied', reason: 'HTTP status 400: No! You sent *** and ***.' });
    await authority.close?.();
  });

  it('tells a wrong password', async () => {
    const wrong = openEst(harness.server.url, harness.ca, { username: 'opencapf' }, { password: 'swordfisch' });
    const fault = await refusalOf(wrong, 'swordfisch');
    assert.deepEqual([fault.code, fault.consequence], ['authority-login-refused', 'retry']);
  });

  it('is asked for again after as long as it says, or a minute', async () => {
    for (const [headers, retryAfter] of [
      [{ 'retry-after': '90' }, 90_000],
      [{}, 60_000],
    ] as const) {
      harness.server.instead = (_, response) => void response.writeHead(202, headers).end();
      const authority = await harness.open();
      const outcome = await askForCertificate(authority);
      harness.server.instead = undefined;
      assert.deepEqual(outcome, { state: 'pending', pollReference: 'simpleenroll', retryAfter });
      await authority.close?.();
    }
  });
});

describe('the settings of an EST authority', () => {
  it('are refused where they make no sense', () => {
    const parse = (given: object) => est.configuration.safeParse({ url: 'https://ca.example.com', ...given }).success;
    assert.equal(parse({}), true);
    assert.equal(parse({ url: 'https://[2001:db8::1]:8443/est' }), true);
    for (const given of [
      { url: 'http://ca.example.com' },
      { url: 'https://user:password@ca.example.com' },
      { url: 'https://ca.example.com/?x' },
      { label: 'simpleenroll' },
      { label: 'a/b' },
      { username: 'a:b' },
      { httpsTrustAnchors: 'none' },
      { timeoutSeconds: 0 },
      { password: 'swordfish' },
    ]) {
      assert.equal(parse(given), false, JSON.stringify(given));
    }
  });

  it('go together or not at all', async () => {
    const at = { certificate: Buffer.alloc(0), chain: [] };
    for (const [configuration, secrets] of [
      [{ username: 'opencapf' }, {}],
      [{}, { password: 'swordfish' }],
      [{ operation: 'simplereenroll' }, {}],
    ]) {
      assert.throws(() => openEst('https://ca.example.com', at, configuration, secrets), {
        code: 'authority-setting-invalid',
      });
    }
  });
});

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
