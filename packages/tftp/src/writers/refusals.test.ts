import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { derElement, derObjectIdentifier, derSequence, derTag, readCertificate } from '@opencapf/pki';
import { sampleCertificate, sampleKeys, sampleSigner } from '../samples.test.support.js';
import {
  createFileSigner,
  type EncryptionOptions,
  type FileSigner,
  type SigningOptions,
  type TrustedCertificate,
  type TrustListOptions,
  writeEncryptedFile,
  writeSignedFile,
  writeTrustList,
} from './index.js';

const at = new Date('2026-11-27T12:00:00Z');
const content = Buffer.from('<device/>');
const fileName = 'SEP001122334455.cnf.xml.sgn';
const sast: TrustedCertificate = { role: 'SAST', certificate: sampleCertificate('SAST') };

const signed = (changes: Partial<SigningOptions> = {}, name = fileName) =>
  writeSignedFile(name, content, { signer: sampleSigner('CallManager'), hash: 'sha1', at, ...changes });
const encrypted = (changes: Partial<EncryptionOptions> = {}) =>
  writeEncryptedFile('SEP001122334455.cnf.xml.enc.sgn', content, {
    signer: sampleSigner('CallManager'),
    hash: 'sha1',
    at,
    phoneKey: sampleCertificate('phone-cert').spki,
    random: randomBytes,
    ...changes,
  });
const list = (trusted: readonly TrustedCertificate[], changes: Partial<TrustListOptions> = {}) =>
  writeTrustList('itl', trusted, { signer: sampleSigner('SAST'), hash: 'sha1', at, ...changes });

test('files are not signed with a key of a size that phones cannot read', async () => {
  for (const size of [512, 3072, 4096]) {
    const keys = { ...sampleKeys('SAST'), type: { kind: 'rsa', size } } as const;
    assert.throws(() => createFileSigner(sampleCertificate('SAST'), keys), { code: 'file-signer-size-unsupported' });
  }
  // Whoever brings a signer of their own is held to the same sizes.
  const signer: FileSigner = { ...sampleSigner('SAST'), modulusBits: 3072 };
  await assert.rejects(signed({ signer }), { code: 'file-signer-size-unsupported' });
});

test('files are signed with RSA keys only, and with the key of the certificate', () => {
  const ofEc = sampleKeys('TFTP-EC');
  assert.throws(() => createFileSigner(sampleCertificate('TFTP-EC'), ofEc), { code: 'file-signer-not-rsa' });
  assert.throws(() => createFileSigner(sampleCertificate('SAST'), sampleKeys('CAPF')), {
    code: 'file-signer-key-mismatch',
  });
});

test('a signature that cannot be had ends the writing', async () => {
  const cut: FileSigner = { ...sampleSigner('SAST'), sign: async () => new Uint8Array(255) };
  await assert.rejects(signed({ signer: cut }), { code: 'file-signing-failed' });
});

test('files are not encrypted for EC keys, or for what is no key', async () => {
  await assert.rejects(encrypted({ phoneKey: sampleCertificate('TFTP-EC').spki }), { code: 'file-phone-key-not-rsa' });
  await assert.rejects(encrypted({ phoneKey: content }), { code: 'file-phone-key-unusable' });
});

test('files are not encrypted with what a broken source of randomness gives', async () => {
  await assert.rejects(encrypted({ random: () => new Uint8Array(3) }), { code: 'file-randomness-unusable' });
  await assert.rejects(encrypted({ random: (size) => new Uint8Array(size) }), { code: 'file-randomness-unusable' });
});

test('a header of more than 64 KB is refused', async () => {
  const commonName = derObjectIdentifier('2.5.4.3');
  const text = derElement(derTag.utf8String, Buffer.alloc(40_000, 'x'));
  const subjectDer = derSequence(derElement(derTag.set, derSequence(commonName, text)));
  const named = (changes: object): FileSigner => ({
    ...sampleSigner('SAST'),
    certificate: { ...sampleCertificate('SAST'), ...changes },
  });
  await assert.rejects(signed({ signer: named({ subjectDer, issuerDer: subjectDer }) }), {
    code: 'file-header-too-long',
  });
  const justInside = await signed({ signer: named({ subjectDer }) });
  assert.ok(justInside.length > 40_000);
});

test('a content of more than 4 MiB is refused', async () => {
  const options = { signer: sampleSigner('CallManager'), hash: 'sha1', at } as const;
  const tooLong = Buffer.alloc(4 * 1024 * 1024);
  await assert.rejects(writeSignedFile(fileName, tooLong, options), { code: 'file-too-long' });
});

test('a trust list that phones cannot load is refused', async () => {
  const most = Array.from({ length: 38 }, () => ({ ...sast, role: 'CCM' }) as const);
  assert.ok((await list([sast, ...most])).length <= 65_535);
  await assert.rejects(list([sast, ...most, ...most.slice(0, 1)]), { code: 'trust-list-too-long' });
});

test('a trust list holds its signer, and two signers at most', async () => {
  await assert.rejects(list([{ ...sast, role: 'TFTP' }]), { code: 'trust-list-signer-missing' });
  await assert.rejects(list([{ ...sast, certificate: sampleCertificate('CAPF') }]), {
    code: 'trust-list-signer-missing',
  });
  const others = ['CAPF', 'TVS'].map((name) => ({ ...sast, certificate: sampleCertificate(name) }));
  assert.ok(await list([sast, ...others.slice(1)]));
  await assert.rejects(list([sast, ...others]), { code: 'trust-list-too-many-signers' });
});

test('a signer version has no place in the layout of real servers', async () => {
  await assert.rejects(list([sast], { layout: 'cisco', signerVersion: '1.1' }), {
    code: 'trust-list-signer-version-unsupported',
  });
});

test('a host that a record cannot hold is refused', async () => {
  for (const host of [
    { dnsName: 'a host' },
    { dnsName: 'host\0' },
    { dnsName: 'x'.repeat(256) },
    { ipAddress: '2001:db8::1' },
    { ipAddress: '192.0.2.256' },
    { ipAddress: '192.0.2' },
    { ipAddress: '192.0.2.1.' },
  ]) {
    await assert.rejects(list([{ ...sast, ...host }], { layout: 'cisco' }), { code: 'trust-record-host-malformed' });
  }
});

test('a file is not signed under a name that is not of its kind, or leads elsewhere', async () => {
  for (const name of [
    '',
    '.sgn',
    'SEP001122334455.cnf.xml',
    'SEP001122334455.cnf.xml.enc.sgn',
    '/etc/passwd.sgn',
    '../SEP001122334455.cnf.xml.sgn',
    'a/../b.sgn',
    'a//b.sgn',
    'a\\b.sgn',
    'a b.sgn',
    'ä.sgn',
    'SEP\0.sgn',
    `${'x'.repeat(252)}.sgn`,
  ]) {
    await assert.rejects(signed({}, name), { code: 'file-name-malformed' }, name);
  }
  assert.ok(await signed({}, 'New_Zealand/g3-tones.xml.sgn'));
  const options = { signer: sampleSigner('SAST'), hash: 'sha1', at, random: randomBytes } as const;
  const phoneKey = sampleCertificate('phone-cert').spki;
  await assert.rejects(writeEncryptedFile(fileName, content, { ...options, phoneKey }), {
    code: 'file-name-malformed',
  });
});

test('a time stamp that four bytes do not hold is refused', async () => {
  for (const time of ['1969-12-31T23:59:59Z', '2106-02-07T06:28:16Z', 'never']) {
    await assert.rejects(signed({ at: new Date(time) }), { code: 'file-time-unrepresentable' }, time);
  }
  assert.ok(await signed({ at: new Date('2106-02-07T06:28:15Z') }));
});

test('certificates of keys that records cannot hold are refused', async () => {
  const certificate = { ...readCertificate(sampleCertificate('TVS').der), spki: content };
  await assert.rejects(list([sast, { role: 'TVS', certificate }]), { code: 'trust-record-key-unsupported' });
});
