import assert from 'node:assert/strict';
import { randomBytes, sign } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  type CertificateAuthority,
  cmp,
  ExternalAuthority,
  type IssueOutcome,
  type PreparedCertificate,
  type UnknownOutcome,
} from '@opencapf/authority';
import { generateKeyPair, type KeyType, toPem } from '@opencapf/pki';
import { skippedWithoutOwnNetwork } from '../support/own-network.js';
import { FakeCa } from './fake-ca.js';
import { startOpensslCmp } from './openssl-cmp.js';

const deviceName = 'SEP001122334455';
const expectedKey: KeyType = { kind: 'ec', size: 256 };
const secret = 'correct horse battery';
const ca = await FakeCa.create();
const phone = await generateKeyPair(expectedKey);
/** What OpenSSL answers with whatever it is asked. */
const lsc = await ca.certify({ name: deviceName, spki: phone.spki });
const own = await ca.ownIdentity();
const registration = await ca.tlsIdentity('client', 'Registration authority');
const files = {
  lsc: toPem('CERTIFICATE', lsc),
  ca: ca.pem,
  server: own.cert,
  key: own.key,
};

const byMac = ['-srv_ref', 'opencapf', '-srv_secret', `pass:${secret}`, '-rsp_cert', '{lsc}'];
const bySignature = ['-srv_cert', '{server}', '-srv_key', '{key}', '-srv_trusted', '{ca}', '-rsp_cert', '{lsc}'];

type Settings = Readonly<Record<string, unknown>>;
const mac: Settings = { reference: 'opencapf' };
const signature: Settings = {
  protection: 'signature',
  signatureCertificate: registration.cert,
  protectionTrustAnchors: ca.pem,
};

interface Opened extends AsyncDisposable {
  readonly authority: CertificateAuthority;
  readonly prepared: PreparedCertificate;
}

/** Starts OpenSSL, and opens the authority that it is. */
async function open(
  settings: Settings,
  args: readonly string[],
  given: Settings = { secret },
  signer: Partial<typeof files> = {},
): Promise<Opened> {
  const server = await startOpensslCmp({ ...files, ...signer }, ...args);
  const surroundings = { issuerCertificate: ca.certificate, chain: [], now: () => new Date(), randomBytes };
  const configuration = cmp.configuration.parse({ url: server.url, ...settings });
  const client = cmp.open(configuration, cmp.secrets.parse(given), surroundings);
  const authority = new ExternalAuthority(client, {
    kind: 'cmp',
    issuerCertificate: ca.certificate,
    proofOfPossession: configuration.proofOfPossession,
  });
  const prepared = await authority.prepare({
    deviceName,
    spki: phone.spki,
    expectedKey,
    now: new Date(),
    proveKey: async (info) => sign('sha256', info, phone.privateKey),
  });
  return {
    authority,
    prepared,
    async [Symbol.asyncDispose]() {
      await authority.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

function assertIssued(outcome: IssueOutcome | UnknownOutcome): void {
  assert.equal(outcome.state, 'issued', JSON.stringify(outcome));
  if (outcome.state === 'issued') assert.deepEqual(Buffer.from(outcome.certificate), Buffer.from(lsc));
}

const protections = [
  { name: 'MAC', settings: mac, args: byMac, given: { secret } },
  { name: 'signature', settings: signature, args: bySignature, given: { signatureKey: registration.key } },
] as const;

describe('openssl cmp as the authority', { skip: skippedWithoutOwnNetwork }, () => {
  for (const { name, settings, args, given } of protections) {
    it(`issues on our word for the key (raVerified), protected by ${name}, confirmed explicitly`, async () => {
      await using opened = await open(settings, [...args, '-accept_raverified'], given);
      assertIssued(await opened.authority.issue(opened.prepared));
    });

    it(`issues with implicit confirmation, protected by ${name}`, async () => {
      await using opened = await open(settings, [...args, '-accept_raverified', '-grant_implicitconf'], given);
      assertIssued(await opened.authority.issue(opened.prepared));
    });

    it(`is confirmed explicitly where we ask for that, protected by ${name}`, async () => {
      const explicit = { ...settings, implicitConfirm: false };
      await using opened = await open(explicit, [...args, '-accept_raverified', '-grant_implicitconf'], given);
      assertIssued(await opened.authority.issue(opened.prepared));
    });

    it(`issues for a PKCS#10 that the phone signed, protected by ${name}`, async () => {
      await using opened = await open({ ...settings, message: 'p10cr', proofOfPossession: 'phone' }, args, given);
      assertIssued(await opened.authority.issue(opened.prepared));
    });

    it(`has us wait, and issues when it is polled, protected by ${name}`, async () => {
      const waits = ['-accept_raverified', '-poll_count', '2', '-check_after', '7'];
      await using opened = await open(settings, [...args, ...waits], given);
      let outcome: IssueOutcome | UnknownOutcome = await opened.authority.issue(opened.prepared);
      const told: number[] = [];
      while (outcome.state === 'pending') {
        told.push(outcome.retryAfter);
        outcome = (await opened.authority.poll?.(opened.prepared, outcome.pollReference)) ?? outcome;
      }
      assertIssued(outcome);
      assert.deepEqual(told, [1_000, 7_000]);
    });

    it(`accepts our protection by ${name} in a dry run, and what it does not tell is a warning`, async () => {
      await using opened = await open(settings, args, given);
      const steps = new Map<string, string>();
      for await (const step of opened.authority.check?.() ?? []) steps.set(step.name, step.outcome);
      assert.equal(steps.get('issuing certificate'), 'ok');
      assert.equal(steps.get('protection'), 'ok');
      assert.equal(steps.get('certificates of the CA'), 'warning');
    });
  }

  it('takes a wish for a certificate profile (RFC 9480), which it does not know', async () => {
    await using opened = await open({ ...mac, certProfile: 'phones' }, [...byMac, '-accept_raverified']);
    assertIssued(await opened.authority.issue(opened.prepared));
  });

  it('denies in words with the names of its failures', async () => {
    const refuses = ['-pkistatus', '2', '-failure', '19', '-statusstring', 'Not by this template'];
    await using opened = await open(mac, [...byMac, '-accept_raverified', ...refuses]);
    const outcome = await opened.authority.issue(opened.prepared);
    assert.deepEqual(outcome, { state: 'denied', reason: 'badCertTemplate: Not by this template' });
  });

  it('denies our word for the key where it does not take it', async () => {
    await using opened = await open(mac, byMac);
    const outcome = await opened.authority.issue(opened.prepared);
    assert.ok(outcome.state === 'denied' && outcome.reason.startsWith('badPOP: '), JSON.stringify(outcome));
  });

  it('denies by an error message', async () => {
    await using opened = await open(mac, [...byMac, '-accept_raverified', '-send_error']);
    const outcome = await opened.authority.issue(opened.prepared);
    assert.ok(outcome.state === 'denied' && outcome.reason.startsWith('badRequest: '), JSON.stringify(outcome));
  });

  it('cannot say what came of a request that it does not know', async () => {
    await using opened = await open(mac, [...byMac, '-accept_raverified']);
    assert.equal((await opened.authority.reconcile?.(opened.prepared))?.state, 'unknown');
  });

  it('is told to revoke a certificate, and its refusal is one', async () => {
    await using opened = await open({ ...mac, revocation: true }, byMac);
    await opened.authority.revoke?.(lsc, 'keyCompromise');
    await using refusing = await open({ ...mac, revocation: true }, [...byMac, '-pkistatus', '2', '-failure', '4']);
    await assert.rejects(async () => await refusing.authority.revoke?.(lsc, 'superseded'), {
      code: 'authority-revocation-refused',
      message: /badCertId/,
    });
    await using without = await open(mac, byMac);
    assert.equal(without.authority.revoke, undefined);
  });

  it('is not believed without protection', async () => {
    await using opened = await open(mac, [...byMac, '-accept_raverified', '-send_unprotected']);
    await assert.rejects(opened.authority.issue(opened.prepared), {
      code: 'authority-answer-unprotected',
      consequence: 'reconcile',
    });
  });

  it('and we do not share a secret: which is to be corrected is said, the secret is not', async () => {
    for (const also of [[], ['-send_unprot_err']]) {
      await using opened = await open(mac, [...byMac, '-accept_raverified', ...also], { secret: 'hippopotamus' });
      await assert.rejects(opened.authority.issue(opened.prepared), (fault: Error) => {
        assert.match(fault.message, /nothing vouches/);
        assert.match(fault.message, also.length === 0 ? /Correct reference and secret/ : /not protected/);
        assert.doesNotMatch(fault.message, /hippopotamus/);
        return true;
      });
    }
  });

  it('is not believed when a phone of the same CA signs for it', async () => {
    const { cert: server, key } = await ca.tlsIdentity('client', deviceName);
    const given = { signatureKey: registration.key };
    await using opened = await open(signature, [...bySignature, '-accept_raverified'], given, { server, key });
    await assert.rejects(opened.authority.issue(opened.prepared), {
      code: 'authority-answer-unprotected',
      message: /does not say that it speaks for a CA/,
    });
  });

  it('does not trust our registration authority, and says so', async () => {
    const stranger = await FakeCa.create();
    const other = await stranger.tlsIdentity('client', 'Registration authority');
    const settings = { ...signature, signatureCertificate: other.cert };
    await using opened = await open(settings, [...bySignature, '-accept_raverified'], { signatureKey: other.key });
    const outcome = await opened.authority.issue(opened.prepared);
    // OpenSSL says badRequest where RFC 4210 has signerNotTrusted.
    assert.ok(outcome.state === 'denied', JSON.stringify(outcome));
    assert.match(outcome.reason, /sender cert/);
  });
});
