import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { describe, it } from 'node:test';
import { createCapfCertificate, createSigner, generateKeyPair, type KeyType, loadIssuer } from '@opencapf/pki';
import type { AuthorityClient, ClientOutcome } from './authority-client.js';
import { AuthorityError } from './errors.js';
import { ExternalAuthority } from './external-authority.js';
import { LocalAuthority } from './local-authority.js';

const now = new Date('2026-11-20T18:00:00Z');
const deviceName = 'SEP001122334455';
const expectedKey: KeyType = { kind: 'ec', size: 256 };
const phone = await generateKeyPair(expectedKey);
const { spki } = phone;

async function localAuthority(): Promise<{ authority: LocalAuthority; certificate: Uint8Array }> {
  const signer = createSigner(await generateKeyPair({ kind: 'rsa', size: 2048 }));
  const certificate = await createCapfCertificate(signer, {}, now);
  return { authority: new LocalAuthority(loadIssuer(certificate, signer)), certificate };
}

async function lscOf(authority: LocalAuthority, name = deviceName, key = spki): Promise<Uint8Array> {
  const prepared = await authority.prepare({ deviceName: name, spki: key, expectedKey, now });
  return (await authority.issue(prepared)).certificate;
}

const site = await localAuthority();

/** An authority whose protocol answers with this, and the requests that it composed. */
function answering(outcome: ClientOutcome, proofOfPossession: 'none' | 'phone' = 'none') {
  const requests: Uint8Array[] = [];
  const client: AuthorityClient = {
    async compose(wanted) {
      const request = await wanted.certificationRequest();
      requests.push(request);
      return { deviceName, spki, request, reference: 'r1' };
    },
    submit: async () => outcome,
    close: async () => undefined,
  };
  const settings = { kind: 'est', issuerCertificate: site.certificate, proofOfPossession, now: () => now } as const;
  return { authority: new ExternalAuthority(client, settings), requests };
}

async function failure(outcome: ClientOutcome): Promise<string> {
  const { authority } = answering(outcome);
  const prepared = await authority.prepare({ deviceName, spki, expectedKey, now });
  try {
    await authority.issue(prepared);
  } catch (fault) {
    assert.ok(fault instanceof AuthorityError);
    assert.equal(fault.consequence, 'fail');
    return fault.code;
  }
  return 'issued';
}

describe('an authority elsewhere', () => {
  it('passes on the certificate that was asked for, whatever else comes with it', async () => {
    const lsc = await lscOf(site.authority);
    const { authority } = answering({ state: 'issued', certificates: [site.certificate, lsc] });
    const prepared = await authority.prepare({ deviceName, spki, expectedKey, now });
    const outcome = await authority.issue(prepared);
    assert.equal(outcome.state, 'issued');
    if (outcome.state !== 'issued') return;
    assert.deepEqual(outcome.certificate, lsc);
    assert.equal(outcome.subject, `CN=${deviceName}`);
  });

  it('passes on no certificate that phones could not use', async () => {
    const other = (await generateKeyPair(expectedKey)).spki;
    const stranger = (await localAuthority()).authority;
    const issued = (certificate: Uint8Array): ClientOutcome => ({ state: 'issued', certificates: [certificate] });
    assert.equal(await failure(issued(await lscOf(site.authority, deviceName, other))), 'issued-certificate-missing');
    assert.equal(await failure(issued(await lscOf(site.authority, 'SEP00112233445'))), 'issued-certificate-name');
    assert.equal(await failure(issued(await lscOf(stranger))), 'issued-certificate-untrusted');
    assert.equal(await failure(issued(Buffer.from('nonsense'))), 'issued-certificate-unreadable');
    assert.equal(await failure(issued(await lscOf(site.authority))), 'issued');
  });

  it('refuses a key before anything is asked', async () => {
    const { authority, requests } = answering({ state: 'denied', reason: 'no' });
    await assert.rejects(authority.prepare({ deviceName, spki, expectedKey: { kind: 'rsa', size: 2048 }, now }), {
      code: 'public-key-kind-unexpected',
    });
    assert.equal(requests.length, 0);
  });

  it('has the phone sign its request where it is set to', async () => {
    const { authority, requests } = answering({ state: 'denied', reason: 'no' }, 'phone');
    const request = { deviceName, spki, expectedKey, now };
    await assert.rejects(authority.prepare(request), { code: 'key-proof-missing' });
    await assert.rejects(authority.prepare({ ...request, proveKey: async () => Buffer.from('x') }), {
      code: 'key-proof-wrong',
    });
    await authority.prepare({ ...request, proveKey: async (info) => sign('sha256', info, phone.privateKey) });
    assert.equal(requests.length, 1);
  });

  it('sends a request once', async () => {
    const { authority } = answering({ state: 'pending', pollReference: '7', retryAfter: 1_000 });
    const prepared = await authority.prepare({ deviceName, spki, expectedKey, now });
    assert.equal((await authority.issue(prepared)).state, 'pending');
    await assert.rejects(authority.issue(prepared), { code: 'prepared-certificate-spent' });
    const resumed = await authority.resume({ deviceName, spki, intent: prepared.intent, now });
    assert.equal((await authority.issue(resumed)).state, 'pending');
  });
});
