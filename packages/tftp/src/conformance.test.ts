import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  configurationSigners,
  type FileHeader,
  knownSigner,
  openEncryptedFile,
  readSignedFile,
  readTrustList,
  TftpError,
  type TftpErrorCode,
  type TrustListKind,
  trustListSigners,
} from './readers/index.js';
import {
  nameOf,
  type Sample,
  sampleBytes,
  sampleCertificate,
  sampleKeys,
  samples,
  signedAgain,
} from './samples.test.support.js';

const signers = [knownSigner(sampleCertificate('CallManager'))];
const { privateKey: phoneKey } = sampleKeys('phone-key');
const hashCode = { sha1: 1, sha512: 3 } as const;

function listKind({ header }: Sample): TrustListKind {
  return header.filename.startsWith('CTL') ? 'ctl' : 'itl';
}

function read(sample: Sample, file: Uint8Array = sampleBytes(sample.path)) {
  const fileName = nameOf(sample.path);
  if (fileName.endsWith('.tlv')) return readTrustList(file, { kind: listKind(sample), known: 'first-list' });
  if (!fileName.endsWith('.enc.sgn')) return readSignedFile(file, { fileName: named(sample), signers });
  return openEncryptedFile(file, { fileName: named(sample), signers, phoneKey });
}

/** Samples that were altered have names of their own in the folder. */
function named({ path }: Sample): string {
  if (!path.startsWith('tampered/')) return nameOf(path);
  return path.endsWith('.enc.sgn') ? 'SEP001122334455.cnf.xml.enc.sgn' : 'SEP001122334455.cnf.xml.sgn';
}

function assertHeader(header: FileHeader, expected: Sample['header']): void {
  assert.deepEqual(
    {
      tags: header.itemOrder,
      headerLength: header.headerLength,
      signerVersion: header.signerVersion,
      signerName: header.signerName,
      issuerName: header.issuerName,
      serialNumber: header.serialNumber,
      hashAlgorithm: hashCode[header.hash],
      filename: header.fileName,
      timestamp: header.signedAt.getTime() / 1_000,
    },
    {
      tags: expected.tags,
      headerLength: expected.headerLength,
      signerVersion: expected.signerVersion,
      signerName: expected.signerName,
      issuerName: expected.issuerName,
      serialNumber: expected.serialNumber,
      hashAlgorithm: expected.hashAlgorithm,
      filename: expected.filename,
      timestamp: expected.timestamp,
    },
  );
}

const sound = samples.filter(({ expect }) => expect.result === 'valid');
const tampered: Readonly<Record<string, TftpErrorCode>> = {
  'tampered/payload-changed.cnf.xml.sgn': 'file-signature-invalid',
  'tampered/header-filename-changed.cnf.xml.sgn': 'file-signature-invalid',
  'tampered/ciphertext-changed.cnf.xml.enc.sgn': 'file-signature-invalid',
  'tampered/certificate-changed.tlv': 'file-signature-invalid',
};

test('every sample is either sound or must be rejected', () => {
  assert.ok(sound.length >= 13, `${sound.length} sound samples`);
  const rejected = samples.filter((sample) => !sound.includes(sample));
  assert.deepEqual(rejected.map(({ path }) => path).sort(), Object.keys(tampered).sort());
});

for (const sample of sound) {
  test(`${sample.path} gives what the index says`, () => {
    const file = read(sample);
    assertHeader(file.header, sample.header);
    if ('content' in file) {
      const isMinimal = sample.header.payloadBytes === 440;
      const content =
        sample.expect.decrypts_to ?? (isMinimal ? 'expected/minimal.cnf.xml' : 'input/SEP001122334455.cnf.xml');
      assert.deepEqual(Buffer.from(file.content), sampleBytes(content));
      return;
    }
    assert.deepEqual(
      file.records.map((record) => ({
        length: record.length,
        subject: record.subjectName,
        serial: record.serialNumber,
        role: record.roleCode,
        certificateSha1: createHash('sha1')
          .update(record.certificateDer ?? '')
          .digest('hex'),
        tags: record.itemOrder,
      })),
      sample.header.records?.map(({ length, subject, serial, role, certificateSha1, tags }) => ({
        length,
        subject,
        serial,
        role,
        certificateSha1,
        tags,
      })),
    );
    assert.deepEqual(Buffer.from(file.signer.certificate.der), Buffer.from(sampleCertificate('SAST').der));
  });
}

for (const [path, code] of Object.entries(tampered)) {
  test(`${path} is rejected with ${code}`, () => {
    const sample = samples.find((one) => one.path === path);
    assert.ok(sample);
    assert.throws(
      () => read(sample),
      (error) => error instanceof TftpError && error.code === code,
    );
  });
}

test('a changed ciphertext that a known signer has signed is found by the hash of the content', () => {
  const sample = samples.find(({ path }) => path === 'tampered/ciphertext-changed.cnf.xml.enc.sgn');
  assert.ok(sample);
  const file = signedAgain(sampleBytes(sample.path), sample.header.signatureOffset, 'CallManager', 'sha1');
  assert.throws(() => read(sample, file), { code: 'file-content-altered' });
});

test('a file is not believed on the certificate of another server, under its own serial number or under that of the signer', () => {
  const path = 'sgn-sha1/SEP001122334455.cnf.xml.sgn';
  const other = sampleCertificate('TVS');
  const fileName = nameOf(path);
  const asItself = { fileName, signers: [knownSigner(other)] };
  assert.throws(() => readSignedFile(sampleBytes(path), asItself), { code: 'file-signer-unknown' });
  const posing = { fileName, signers: [{ serialNumber: sampleCertificate('CallManager').serial, certificate: other }] };
  assert.throws(() => readSignedFile(sampleBytes(path), posing), { code: 'file-signature-invalid' });
});

test('the trust list names the signers of configuration files and of later lists', () => {
  const list = readTrustList(sampleBytes('tlv/itl-v1.0-sha1.tlv'), { kind: 'itl', known: 'first-list' });
  const names = (believed: readonly { certificate: { commonName: string | undefined } }[]) =>
    believed.map(({ certificate }) => certificate.commonName);
  assert.deepEqual(names(configurationSigners(list)), ['CallManager', 'CallManager']);
  assert.deepEqual(names(trustListSigners(list)), ['SAST']);
  assert.deepEqual(
    list.records.map(({ role }) => role),
    ['SAST', 'CCM', 'TFTP', 'CCM+TFTP', 'CAPF', 'TVS', 'APP-SERVER'],
  );
});

test('hosts are read from lists that tell them', () => {
  const { records } = readTrustList(sampleBytes('seed-layout/ctl.tlv'), { kind: 'ctl', known: 'first-list' });
  assert.deepEqual(
    records.map(({ dnsName, ipAddress }) => [dnsName, ipAddress]),
    [
      ['', '0.0.0.0'],
      ['192.0.2.10', '192.0.2.10'],
      ['192.0.2.10', '192.0.2.10'],
    ],
  );
});
