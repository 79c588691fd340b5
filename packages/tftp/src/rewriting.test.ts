import assert from 'node:assert/strict';
import { constants, privateDecrypt } from 'node:crypto';
import { test } from 'node:test';
import {
  type FileHash,
  type LayoutName,
  type SigningOptions,
  type TrustedCertificate,
  writeEncryptedFile,
  writeSignedFile,
  writeTrustList,
} from './index.js';
import { nameOf, sampleAt, sampleBytes, sampleCertificate, sampleKeys, sampleSigner } from './samples.test.support.js';

const phone = sampleKeys('phone-key');

function options(path: string, signer: string, layout?: LayoutName): SigningOptions {
  const { header } = sampleAt(path);
  const hash: FileHash = header.hashAlgorithm === 1 ? 'sha1' : 'sha512';
  const at = new Date(header.timestamp * 1_000);
  return { signer: sampleSigner(signer), hash, at, ...(layout && { layout }) };
}

/** Gives what the maker of a sample drew: the key, the vector, the padding of the wrapped key. */
function drawnBy(file: Buffer): (size: number) => Uint8Array {
  const iv = itemBehind(file, '130010', 16);
  const block = privateDecrypt(
    { key: phone.privateKey, padding: constants.RSA_NO_PADDING },
    itemBehind(file, '190100', 256),
  );
  const key = block.subarray(-16);
  const padding = block.subarray(2, -17);
  const draws = [key, iv, padding];
  return (size) => {
    const next = draws.shift();
    assert.equal(next?.length, size);
    return next ?? new Uint8Array();
  };
}

function itemBehind(file: Buffer, prefix: string, length: number): Buffer {
  const start = file.indexOf(Buffer.from(prefix, 'hex'), 430) + prefix.length / 2;
  return file.subarray(start, start + length);
}

for (const path of ['sgn-sha1/SEP001122334455.cnf.xml.sgn', 'sgn-sha512/SEP001122334455.cnf.xml.sgn']) {
  test(`${path} is written again byte for byte`, async () => {
    const content = sampleBytes('input/SEP001122334455.cnf.xml');
    const file = await writeSignedFile(nameOf(path), content, options(path, 'CallManager'));
    assert.deepEqual(file, sampleBytes(path));
  });
}

for (const [folder, input] of [
  ['enc-sha1', 'input/SEP001122334455.cnf.xml'],
  ['enc-sha512', 'input/SEP001122334455.cnf.xml'],
  ['enc-fullblock', 'input/fullblock-SEP001122334455.cnf.xml'],
] as const) {
  test(`${folder}: the encrypted file and the minimal one are written again byte for byte`, async () => {
    const minimal = `${folder}/SEP001122334455.cnf.xml.sgn`;
    const full = `${folder}/SEP001122334455.cnf.xml.enc.sgn`;
    const minimalContent = sampleBytes('expected/minimal.cnf.xml');
    assert.deepEqual(
      await writeSignedFile(nameOf(minimal), minimalContent, options(minimal, 'CallManager')),
      sampleBytes(minimal),
    );
    const random = drawnBy(sampleBytes(full));
    const encryption = { ...options(full, 'CallManager'), phoneKey: phone.spki, random };
    assert.deepEqual(await writeEncryptedFile(nameOf(full), sampleBytes(input), encryption), sampleBytes(full));
  });
}

const allRoles: readonly TrustedCertificate[] = [
  { role: 'SAST', certificate: sampleCertificate('SAST') },
  { role: 'CCM', certificate: sampleCertificate('CallManager') },
  { role: 'TFTP', certificate: sampleCertificate('CallManager') },
  { role: 'CCM+TFTP', certificate: sampleCertificate('CallManager') },
  { role: 'CAPF', certificate: sampleCertificate('CAPF') },
  { role: 'TVS', certificate: sampleCertificate('TVS') },
  { role: 'APP-SERVER', certificate: sampleCertificate('AppServer') },
];
const ofRoles = (...roles: readonly string[]) => allRoles.filter(({ role }) => roles.includes(role));
const ecTftp = [...ofRoles('SAST', 'CCM'), { role: 'TFTP', certificate: sampleCertificate('TFTP-EC') } as const];

for (const [path, kind, records, signerVersion] of [
  ['tlv/itl-v1.0-sha1.tlv', 'itl', allRoles, '1.0'],
  ['tlv/itl-v1.1-sha512.tlv', 'itl', allRoles, '1.1'],
  ['tlv/itl-v1.1-ec-tftp.tlv', 'itl', ecTftp, '1.1'],
  ['tlv/ctl-v1.0-sha1.tlv', 'ctl', ofRoles('SAST', 'CCM+TFTP', 'CAPF'), '1.0'],
] as const) {
  test(`${path} is written again byte for byte`, async () => {
    const file = await writeTrustList(kind, records, { ...options(path, 'SAST'), signerVersion });
    assert.deepEqual(file, sampleBytes(path));
  });
}

/**
 * The sample keeps the attributes of names in the order of the certificate, real servers put OU before O: the order of the sample
 * is changed to theirs, and the signature, which is another one then, left out of both.
 */
function comparable(file: Uint8Array, signatureAt: number): Buffer {
  const text = Buffer.from(file).toString('latin1').replaceAll(';O=Example Org;OU=Lab;', ';OU=Lab;O=Example Org;');
  return Buffer.from(text.slice(0, signatureAt + 3) + text.slice(signatureAt + 3 + 256), 'latin1');
}

test('the samples in the layout of real servers are written again byte for byte, but for names and signature', async () => {
  const minimal = 'seed-layout/SEP001122334455.cnf.xml.sgn';
  const signed = await writeSignedFile(
    nameOf(minimal),
    sampleBytes('expected/minimal.cnf.xml'),
    options(minimal, 'CallManager', 'cisco'),
  );
  assert.deepEqual(comparable(signed, 172), comparable(sampleBytes(minimal), 172));

  const full = 'seed-layout/SEP001122334455.cnf.xml.enc.sgn';
  const encrypted = await writeEncryptedFile(nameOf(full), sampleBytes('input/SEP001122334455.cnf.xml'), {
    ...options(full, 'CallManager', 'cisco'),
    phoneKey: phone.spki,
    random: drawnBy(sampleBytes(full)),
  });
  assert.deepEqual(comparable(encrypted, 172), comparable(sampleBytes(full), 172));

  const host = { dnsName: '192.0.2.10', ipAddress: '192.0.2.10' };
  const records = ofRoles('SAST', 'CCM+TFTP', 'CAPF').map((one) => (one.role === 'SAST' ? one : { ...one, ...host }));
  const list = await writeTrustList('ctl', records, options('seed-layout/ctl.tlv', 'SAST', 'cisco'));
  assert.deepEqual(comparable(list, 158), comparable(sampleBytes('seed-layout/ctl.tlv'), 158));
});
