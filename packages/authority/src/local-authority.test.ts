import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import {
  compileLscProfile,
  createCapfCertificate,
  createSigner,
  generateKeyPair,
  type Issuer,
  type KeyType,
  loadIssuer,
  longestStorableCertificate,
  PkiError,
  readCertificate,
  type Signer,
  sha256Hex,
  toPem,
  verifySignedBy,
} from '@opencapf/pki';
import type { CertificateIntent } from './authority.js';
import { LocalAuthority, type LocalAuthoritySettings, type SettledLsc } from './local-authority.js';

const run = promisify(execFile);
const now = new Date('2026-11-20T18:00:00Z');
const deviceName = 'SEP001122334455';
const day = 86_400_000;

const capfKey = await generateKeyPair({ kind: 'rsa', size: 2048 });
const capfSigner = createSigner(capfKey);
const capfCertificate = await createCapfCertificate(capfSigner, { organization: 'Test' }, now);
const issuer = loadIssuer(capfCertificate, capfSigner);
const phoneKeyType: KeyType = { kind: 'ec', size: 256 };
const phoneKey = await generateKeyPair(phoneKeyType);
const request = { deviceName, spki: phoneKey.spki, expectedKey: phoneKeyType, now };

/** The issuer with a signer that counts, and that does what a test wants instead of signing. */
function watchedIssuer(instead?: () => Promise<Uint8Array>): { issuer: Issuer; signed: Uint8Array[] } {
  const signed: Uint8Array[] = [];
  const signer: Signer = {
    ...capfSigner,
    sign: (data) => {
      signed.push(data);
      return instead === undefined ? capfSigner.sign(data) : instead();
    },
  };
  return { issuer: loadIssuer(capfCertificate, signer), signed };
}

/** What a database gives back: the same bytes on other memory. */
function committed({ intent }: SettledLsc): CertificateIntent {
  const { kind, serial, tbs } = intent;
  return { kind, serial: Buffer.from(serial), tbs: Buffer.from(tbs) };
}

function resumeRequest(prepared: SettledLsc, at = now) {
  return { deviceName, spki: phoneKey.spki, intent: committed(prepared), now: at };
}

describe('local authority', () => {
  it('prepares a certificate without signing, and issues exactly what it prepared', async () => {
    const { issuer: watched, signed } = watchedIssuer();
    const authority = new LocalAuthority(watched);
    const prepared = await authority.prepare(request);
    assert.equal(signed.length, 0);
    assert.equal(prepared.intent.serial.length, 16);
    assert.deepEqual(prepared.warnings, []);

    const outcome = await authority.issue(prepared);
    assert.deepEqual(signed, [prepared.intent.tbs]);
    assert.ok(Buffer.from(outcome.certificate).includes(Buffer.from(prepared.intent.tbs)));
    const lsc = readCertificate(outcome.certificate);
    assert.equal(lsc.subject, `CN=${deviceName}, O=Test`);
    assert.equal(lsc.serial, Buffer.from(prepared.intent.serial).toString('hex'));
    assert.deepEqual([lsc.notBefore, lsc.notAfter], [prepared.notBefore, prepared.notAfter]);
    assert.equal(lsc.notAfter.getTime(), now.getTime() + 365 * day);
    assert.ok(verifySignedBy(lsc, issuer.certificate));
  });

  it('issues certificates that openssl verify accepts', async () => {
    const authority = new LocalAuthority(issuer);
    const { certificate } = await authority.issue(await authority.prepare(request));
    const directory = await mkdtemp(join(tmpdir(), 'opencapf-authority-'));
    try {
      await writeFile(join(directory, 'capf.pem'), toPem('CERTIFICATE', capfCertificate));
      await writeFile(join(directory, 'lsc.pem'), toPem('CERTIFICATE', certificate));
      const options = ['-x509_strict', '-purpose', 'sslclient', '-attime', String(now.getTime() / 1000)];
      const { stdout } = await run('openssl', ['verify', ...options, '-CAfile', 'capf.pem', 'lsc.pem'], {
        cwd: directory,
      });
      assert.equal(stdout, 'lsc.pem: OK\n');
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('signs a prepared certificate once, also when asked twice at the same time', async () => {
    const { issuer: watched, signed } = watchedIssuer();
    const authority = new LocalAuthority(watched);
    const prepared = await authority.prepare(request);
    const outcomes = await Promise.allSettled([authority.issue(prepared), authority.issue(prepared)]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    await assert.rejects(authority.issue(prepared), { name: 'AuthorityError', code: 'prepared-certificate-spent' });
    assert.equal(signed.length, 1);
  });

  it('does not sign a second time after a signature that failed', async () => {
    const { issuer: watched, signed } = watchedIssuer(() => Promise.reject(new PkiError('signing-failed')));
    const authority = new LocalAuthority(watched);
    const prepared = await authority.prepare(request);
    await assert.rejects(authority.issue(prepared), { name: 'PkiError', code: 'signing-failed' });
    await assert.rejects(authority.issue(prepared), { name: 'AuthorityError', code: 'prepared-certificate-spent' });
    assert.equal(signed.length, 1);
  });

  it('signs nothing that it did not prepare itself', async () => {
    const { issuer: watched, signed } = watchedIssuer();
    const authority = new LocalAuthority(watched);
    const prepared = await authority.prepare(request);
    const elsewhere = await new LocalAuthority(issuer).prepare(request);
    for (const foreign of [{ ...prepared }, elsewhere]) {
      await assert.rejects(authority.issue(foreign), { name: 'AuthorityError', code: 'prepared-certificate-unknown' });
    }
    assert.equal(signed.length, 0);
  });

  it('gives every certificate a serial number of its own', async () => {
    const authority = new LocalAuthority(issuer);
    const prepared = await Promise.all(Array.from({ length: 200 }, () => authority.prepare(request)));
    assert.equal(new Set(prepared.map(({ intent }) => Buffer.from(intent.serial).toString('hex'))).size, 200);
  });

  it('takes time and randomness from its caller', async () => {
    const settings = { randomBytes: (size: number) => new Uint8Array(size).fill(7) };
    const [one, other] = await Promise.all([1, 2].map(() => new LocalAuthority(issuer, settings).prepare(request)));
    assert.deepEqual(one?.intent, other?.intent);
  });

  it('refuses keys that fail a check, with the check as the code', async () => {
    const authority = new LocalAuthority(issuer);
    const rsa512 = await generateKeyPair({ kind: 'rsa', size: 512 });
    const rsa = { ...request, spki: rsa512.spki, expectedKey: rsa512.type };
    const refused = (code: string) => ({ name: 'PkiError', code });
    await assert.rejects(authority.prepare(rsa), refused('public-key-too-short'));
    await new LocalAuthority(issuer, { minRsaBits: 512 }).prepare(rsa);
    await assert.rejects(
      authority.prepare({ ...request, expectedKey: rsa512.type }),
      refused('public-key-kind-unexpected'),
    );
    await assert.rejects(authority.prepare({ ...request, spki: Buffer.from('x') }), refused('public-key-malformed'));
    const own = { ...request, spki: capfKey.spki, expectedKey: capfKey.type };
    await assert.rejects(authority.prepare(own), refused('public-key-forbidden'));
    const other = new LocalAuthority(issuer, { forbiddenKeys: [sha256Hex(phoneKey.spki)] });
    await assert.rejects(other.prepare(request), refused('public-key-forbidden'));
  });

  it('refuses malformed device names', async () => {
    const prepare = new LocalAuthority(issuer).prepare({ ...request, deviceName: 'CAPF-12345678' });
    await assert.rejects(prepare, { name: 'PkiError', code: 'device-name-malformed' });
  });

  it('cuts the validity short at the end of its issuer, with a warning', async () => {
    const late = new Date('2046-11-10T18:00:00Z');
    const prepared = await new LocalAuthority(issuer, { validityDays: 30 }).prepare({ ...request, now: late });
    assert.deepEqual(prepared.notAfter, issuer.certificate.notAfter);
    const [warning, ...others] = prepared.warnings;
    assert.equal(others.length, 0);
    assert.equal(warning?.code, 'validity-cut-short');
    assert.equal(warning?.wantedNotAfter.toISOString(), '2046-12-10T18:00:00.000Z');
    assert.match(warning?.message ?? '', /2046-11-20.*2046-12-10/);
  });

  it('prepares nothing outside of the life of its issuer', async () => {
    const prepareAt = (iso: string) => new LocalAuthority(issuer).prepare({ ...request, now: new Date(iso) });
    await assert.rejects(prepareAt('2046-11-20T18:00:00Z'), { name: 'PkiError', code: 'issuer-expired' });
    await assert.rejects(prepareAt('2026-11-20T17:54:59Z'), { name: 'PkiError', code: 'issuer-not-yet-valid' });
  });

  it('takes 1 to 1825 whole days of validity', async () => {
    for (const validityDays of [1, 1825]) {
      const { notAfter } = await new LocalAuthority(issuer, { validityDays }).prepare(request);
      assert.equal(notAfter.getTime(), now.getTime() + validityDays * day);
    }
    for (const validityDays of [0, 1826, -1, 1.5, Number.NaN]) {
      const make = () => new LocalAuthority(issuer, { validityDays });
      assert.throws(make, { name: 'AuthorityError', code: 'authority-setting-invalid' }, `${validityDays}`);
    }
  });

  it('prepares nothing that is too large for one message to a phone', async () => {
    const withUrl = (length: number) => {
      const url = `http://crl.example.org/${'a'.repeat(length)}`;
      return new LocalAuthority(issuer, { urls: { crl: [url] } });
    };
    await assert.rejects(withUrl(4000).prepare(request), { name: 'AuthorityError', code: 'certificate-too-large' });
    const authority = withUrl(3000);
    const { certificate } = await authority.issue(await authority.prepare(request));
    assert.ok(certificate.length <= longestStorableCertificate && certificate.length > 3000);
  });

  it('passes its profile settings on', async () => {
    const settings: LocalAuthoritySettings = { ecKeyUsage: 'cisco', urls: { ocsp: ['http://ocsp.example.org/'] } };
    const authority = new LocalAuthority(issuer, settings);
    const { certificate } = await authority.issue(await authority.prepare(request));
    const lsc = readCertificate(certificate);
    assert.deepEqual(lsc.keyUsage, ['digitalSignature', 'keyEncipherment', 'keyAgreement']);
    assert.ok(lsc.extensions.includes('1.3.6.1.5.5.7.1.1'));
  });

  it('describes itself', () => {
    assert.deepEqual(new LocalAuthority(issuer, { validityDays: 100 }).describe(), {
      kind: 'local',
      issuer: issuer.certificate.subject,
      issuerSha256: sha256Hex(capfCertificate),
      issuerNotAfter: issuer.certificate.notAfter,
      validityDays: 100,
    });
  });
});

describe('a committed intent', () => {
  it('comes to the same certificate to the last byte after a crash, whatever the settings are by then', async () => {
    const before = new LocalAuthority(issuer);
    const prepared = await before.prepare(request);
    const { certificate } = await before.issue(prepared);
    const after = new LocalAuthority(issuer, { ecKeyUsage: 'cisco', validityDays: 10 });
    const resumed = await after.resume(resumeRequest(prepared, new Date(now.getTime() + 100 * day)));
    assert.deepEqual([resumed.notBefore, resumed.notAfter], [prepared.notBefore, prepared.notAfter]);
    assert.deepEqual(Buffer.from((await after.issue(resumed)).certificate), Buffer.from(certificate));
    await assert.rejects(after.issue(resumed), { name: 'AuthorityError', code: 'prepared-certificate-spent' });
  });

  it('is refused for another device, key or serial number than the record says', async () => {
    const { issuer: watched, signed } = watchedIssuer();
    const authority = new LocalAuthority(watched);
    const prepared = await authority.prepare(request);
    const right = resumeRequest(prepared);
    const otherKey = await generateKeyPair(phoneKeyType);
    for (const wrong of [
      { ...right, deviceName: 'SEP00112233445' },
      { ...right, spki: otherKey.spki },
      { ...right, intent: { ...right.intent, serial: new Uint8Array(16).fill(0x41) } },
    ]) {
      await assert.rejects(authority.resume(wrong), { name: 'AuthorityError', code: 'intended-certificate-mismatch' });
    }
    assert.equal(signed.length, 0);
  });

  it('is refused when it is not of this issuer or was altered', async () => {
    const authority = new LocalAuthority(issuer);
    const otherSigner = createSigner(await generateKeyPair({ kind: 'rsa', size: 2048 }));
    const other = loadIssuer(await createCapfCertificate(otherSigner, { organization: 'Test' }, now), otherSigner);
    const foreign = await new LocalAuthority(other).prepare(request);
    await assert.rejects(authority.resume(resumeRequest(foreign)), { name: 'PkiError', code: 'lsc-tbs-malformed' });

    const altered = resumeRequest(await authority.prepare(request));
    altered.intent.tbs.set([0], altered.intent.tbs.length - 1);
    altered.intent.tbs.set([1], altered.intent.tbs.length - 2);
    await assert.rejects(authority.resume(altered), { name: 'PkiError', code: 'lsc-tbs-malformed' });
  });

  it("is refused when its dates leave the issuer's", async () => {
    const tbs = compileLscProfile(issuer).encodeTbs({
      deviceName,
      spki: phoneKey.spki,
      serial: new Uint8Array(16).fill(0x41),
      notBefore: now,
      notAfter: new Date('2046-11-20T18:00:01Z'),
    });
    const intent = { kind: 'certificate', serial: new Uint8Array(16).fill(0x41), tbs } as const;
    const resume = new LocalAuthority(issuer).resume({ deviceName, spki: phoneKey.spki, intent, now });
    await assert.rejects(resume, { name: 'AuthorityError', code: 'intended-certificate-mismatch' });
  });

  it('is refused when it has expired unsigned', async () => {
    const authority = new LocalAuthority(issuer, { validityDays: 1 });
    const prepared = await authority.prepare(request);
    const resume = authority.resume(resumeRequest(prepared, new Date(now.getTime() + day)));
    await assert.rejects(resume, { name: 'AuthorityError', code: 'intended-certificate-expired' });
  });

  it('is refused when its key has been forbidden since', async () => {
    const prepared = await new LocalAuthority(issuer).prepare(request);
    const strict = new LocalAuthority(issuer, { forbiddenKeys: [sha256Hex(phoneKey.spki)] });
    await assert.rejects(strict.resume(resumeRequest(prepared)), { name: 'PkiError', code: 'public-key-forbidden' });
  });
});
