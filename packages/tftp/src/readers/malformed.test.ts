import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameOf, sampleAt, sampleBytes, sampleCertificate, sampleKeys, signedAgain } from '../samples.test.support.js';
import {
  knownSigner,
  longestFile,
  longestTrustList,
  openEncryptedFile,
  readSignedFile,
  readTrustList,
  type TftpErrorCode,
} from './index.js';

const signedPath = 'sgn-sha1/SEP001122334455.cnf.xml.sgn';
const encryptedPath = 'enc-sha1/SEP001122334455.cnf.xml.enc.sgn';
const listPath = 'tlv/ctl-v1.0-sha1.tlv';
const signers = [knownSigner(sampleCertificate('CallManager'))];
const { privateKey: phoneKey } = sampleKeys('phone-key');

const readers = {
  [signedPath]: (file: Uint8Array) => readSignedFile(file, { fileName: nameOf(signedPath), signers }),
  [encryptedPath]: (file: Uint8Array) =>
    openEncryptedFile(file, { fileName: nameOf(encryptedPath), signers, phoneKey }),
  [listPath]: (file: Uint8Array) => readTrustList(file, { kind: 'ctl', known: 'first-list' }),
};
type Path = keyof typeof readers;

/** Bytes put in the place of others, the header length set right, and all of it signed again. */
function altered(path: Path, at: number, removed: number, hex: string): Buffer {
  const file = sampleBytes(path);
  const { signatureOffset, headerLength } = sampleAt(path).header;
  const inserted = Buffer.from(hex, 'hex');
  const changed = Buffer.concat([file.subarray(0, at), inserted, file.subarray(at + removed)]);
  const grown = inserted.length - removed;
  if (at < headerLength) changed.writeUInt16BE(headerLength + grown, 8);
  const signer = path === listPath ? 'SAST' : 'CallManager';
  return signedAgain(changed, at <= signatureOffset ? signatureOffset + grown : signatureOffset, signer, 'sha1');
}

function place(path: Path, hex: string, from = 0): number {
  const at = sampleBytes(path).indexOf(Buffer.from(hex, 'hex'), from);
  assert.ok(at >= 0, hex);
  return at;
}

function refused(path: Path, file: Uint8Array, code: TftpErrorCode): void {
  assert.throws(() => readers[path](file), { name: 'TftpError', code });
}

const behindSignature = (path: Path) => sampleAt(path).header.signatureOffset + 259;

test('what an altered file is refused for is the alteration alone', () => {
  for (const path of Object.keys(readers) as Path[]) assert.ok(readers[path](altered(path, 0, 0, '')));
});

test('plain files, and files of another kind, are told from altered ones', () => {
  refused(signedPath, sampleBytes('input/SEP001122334455.cnf.xml'), 'file-unrecognised');
  refused(signedPath, new Uint8Array(), 'file-unrecognised');
  refused(signedPath, sampleBytes(encryptedPath), 'file-version-unexpected');
  refused(encryptedPath, sampleBytes(listPath), 'file-version-unexpected');
  refused(listPath, sampleBytes(signedPath), 'file-version-unexpected');
});

test('files longer than any that phones are given are not read', () => {
  refused(signedPath, Buffer.concat([sampleBytes(signedPath), Buffer.alloc(longestFile)]), 'file-too-long');
  refused(listPath, Buffer.concat([sampleBytes(listPath), Buffer.alloc(longestTrustList)]), 'trust-list-too-long');
});

test('a header that ends behind the file, or before its items do, is refused', () => {
  const headerLength = (length: number) => {
    const file = sampleBytes(signedPath);
    file.writeUInt16BE(length, 8);
    return signedAgain(file, 172, 'CallManager', 'sha1');
  };
  refused(signedPath, headerLength(0xffff), 'file-cut-off');
  refused(signedPath, headerLength(0), 'file-item-missing');
  refused(signedPath, headerLength(10), 'file-item-missing');
  refused(signedPath, headerLength(465), 'file-item-length-wrong');
  refused(signedPath, headerLength(473), 'file-item-misplaced');
});

test('items stand once, in their place, with their length, and none is unknown', () => {
  const end = behindSignature(signedPath);
  refused(signedPath, altered(signedPath, end, 0, '1d0000'), 'file-item-unknown');
  refused(signedPath, altered(signedPath, end, 0, '1c00020100'), 'file-item-unknown');
  refused(signedPath, altered(signedPath, end, 0, '0f000400000000'), 'file-item-repeated');
  refused(signedPath, altered(signedPath, end, 0, '0400026100'), 'file-item-misplaced');
  refused(signedPath, altered(signedPath, 462, 7, ''), 'file-item-missing');
  refused(signedPath, altered(signedPath, 462, 7, '0f0003000000'), 'file-item-length-wrong');
  // The signer info ends one byte before its last item does.
  refused(signedPath, altered(signedPath, 11, 2, '008c'), 'file-item-length-wrong');
  refused(listPath, altered(listPath, behindSignature(listPath), 0, '1c00020100'), 'file-item-repeated');
});

test('algorithms and key sizes that phones do not know are refused', () => {
  for (const [hex, changed] of [
    ['08000101', '08000102'],
    ['0a000100', '0a000101'],
    ['0b000102', '0b000104'],
  ] as const) {
    refused(signedPath, altered(signedPath, place(signedPath, hex, 154), 4, changed), 'file-item-value-unsupported');
  }
  // A code of another size than that of the signature.
  refused(signedPath, altered(signedPath, 168, 4, '0b000103'), 'file-item-length-wrong');
});

test('a file without a signature of its own length is refused', () => {
  const file = sampleBytes(signedPath);
  const cut = Buffer.concat([file.subarray(0, 172), Buffer.from('0c0000', 'hex'), file.subarray(431)]);
  cut.writeUInt16BE(472 - 256, 8);
  refused(signedPath, cut, 'file-item-length-wrong');
});

test('names end with their only NUL', () => {
  refused(signedPath, altered(signedPath, 434 + 3, 1, '00'), 'file-text-malformed');
  refused(signedPath, altered(signedPath, 434 + 27, 1, '61'), 'file-text-malformed');
  // One of no bytes has none.
  refused(signedPath, altered(signedPath, 432, 30, '0000'), 'file-text-malformed');
});

test('padding of a header may be an item without a value, and nothing stands behind it', () => {
  assert.ok(readers[signedPath](altered(signedPath, 469, 3, '0d0000')));
  assert.ok(readers[signedPath](altered(signedPath, 469, 3, '')));
  refused(signedPath, altered(signedPath, 469, 3, '0d0d00'), 'file-item-misplaced');
  refused(signedPath, altered(signedPath, 469, 3, '0d0d0d1d0000'), 'file-item-misplaced');
});

test('the encryption of a file has a key of the right size, whole blocks and 1 to 16 bytes of padding', () => {
  const end = behindSignature(encryptedPath);
  const padding = place(encryptedPath, '140002000a', end);
  refused(encryptedPath, altered(encryptedPath, padding, 5, '1400020000'), 'file-padding-wrong');
  refused(encryptedPath, altered(encryptedPath, padding, 5, '1400020011'), 'file-padding-wrong');
  refused(encryptedPath, altered(encryptedPath, padding, 5, '1400020009'), 'file-content-altered');
  const { headerLength } = sampleAt(encryptedPath).header;
  refused(encryptedPath, altered(encryptedPath, headerLength, 1, ''), 'file-padding-wrong');
  refused(encryptedPath, altered(encryptedPath, headerLength, 976, ''), 'file-padding-wrong');
  const size = place(encryptedPath, '1700020800', end);
  refused(encryptedPath, altered(encryptedPath, size, 5, '1700020400'), 'file-key-other');
  const wrapped = place(encryptedPath, '190100', end) + 3;
  refused(encryptedPath, altered(encryptedPath, wrapped, 4, '00000000'), 'file-key-unreadable');
  refused(encryptedPath, altered(encryptedPath, wrapped, 4, 'ffffffff'), 'file-key-unreadable');
  const hash = place(encryptedPath, '1a000101', end);
  refused(encryptedPath, altered(encryptedPath, hash, 4, '1a000102'), 'file-item-value-unsupported');
  refused(encryptedPath, altered(encryptedPath, hash, 4, '1a000103'), 'file-item-length-wrong');
});

test('records of a trust list have a length, a role, and each item once', () => {
  const { headerLength } = sampleAt(listPath).header;
  const first = headerLength;
  const { length } = sampleBytes(listPath);
  refused(listPath, altered(listPath, first, 1, '02'), 'trust-record-malformed');
  refused(listPath, altered(listPath, first + 3, 2, '0004'), 'trust-record-malformed');
  refused(listPath, altered(listPath, first + 3, 2, 'ffff'), 'file-cut-off');
  refused(listPath, altered(listPath, first + 3, 2, '0669'), 'file-item-length-wrong');
  refused(listPath, altered(listPath, length, 0, '0100'), 'trust-record-malformed');
  refused(listPath, altered(listPath, length, 0, '0100020005'), 'file-item-missing');
  refused(listPath, altered(listPath, length, 0, '010002000f04000200000400020000'), 'file-item-repeated');
  refused(listPath, altered(listPath, length, 0, '01000200090400010a'), 'file-item-length-wrong');
});

test('roles and items that are unknown, and records without a readable certificate, do not spoil a list', () => {
  const strange = record('0400020009', '6300020102', '09000130');
  const bare = record('0400020002', '090000');
  const { records } = readers[listPath](altered(listPath, sampleBytes(listPath).length, 0, strange + bare));
  assert.deepEqual(
    records
      .slice(-2)
      .map(({ roleCode, role, certificate, certificateDer }) => [roleCode, role, certificate, certificateDer?.length]),
    [
      [9, undefined, undefined, 1],
      [2, 'CCM+TFTP', undefined, undefined],
    ],
  );
});

/** A record of these items, hex. */
function record(...items: readonly string[]): string {
  const hex = items.join('');
  return `010002${(5 + hex.length / 2).toString(16).padStart(4, '0')}${hex}`;
}

test('a record whose key is not that of its certificate spoils the list', () => {
  const key = place(listPath, '07010e', sampleAt(listPath).header.headerLength + 1642 + 1679) + 20;
  const byte = sampleBytes(listPath)[key] === 0 ? '01' : '00';
  refused(listPath, altered(listPath, key, 1, byte), 'trust-record-key-mismatch');
});

test('a list whose signer is not in it with the role SAST is refused', () => {
  const role = place(listPath, '0400020000', sampleAt(listPath).header.headerLength);
  refused(listPath, altered(listPath, role, 5, '0400020003'), 'trust-list-signer-missing');
});
