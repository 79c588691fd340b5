import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleAt, sampleBytes, sampleCertificate, samples, signedAgain } from '../samples.test.support.js';
import { inspectTrustList, knownSigner, type TrustListKind } from './index.js';

const lists = samples.filter(({ path, expect }) => path.endsWith('.tlv') && expect.result === 'valid');
const listPath = 'tlv/ctl-v1.0-sha1.tlv';

test('every sound list is shown with the record that signed it, and with the bytes of its items', () => {
  assert.ok(lists.length >= 5, `${lists.length} lists`);
  for (const { path, header } of lists) {
    const kind: TrustListKind = header.filename.startsWith('CTL') ? 'ctl' : 'itl';
    const { verdict, claimedKind, inspectedRecords, headerItemBytes } = inspectTrustList(sampleBytes(path));
    assert.equal(claimedKind, kind);
    assert.ok(verdict.isBelieved, path);
    const signer = inspectedRecords[verdict.signedBy];
    assert.deepEqual([signer?.role, signer?.serialNumber], ['SAST', header.serialNumber]);
    assert.deepEqual([...headerItemBytes.keys()], header.tags);
    for (const { length, itemBytes } of inspectedRecords) {
      const summed = [...itemBytes.values()].reduce((sum, bytes) => sum + 3 + bytes, 0);
      assert.equal(summed, length);
    }
  }
});

test('an altered list is shown as it stands, with why nobody believes it', () => {
  const { verdict, inspectedRecords } = inspectTrustList(sampleBytes('tampered/certificate-changed.tlv'));
  assert.ok(!verdict.isBelieved);
  assert.equal(verdict.fault.code, 'file-signature-invalid');
  assert.ok(inspectedRecords.length > 1);
});

test('a record whose key is not that of its certificate is pointed at, and the others are shown', () => {
  const file = sampleBytes(listPath);
  const key = Buffer.from('3082010a02820101', 'hex');
  // The key stands in each record twice: by itself, and then in the certificate.
  const inCertificate = file.lastIndexOf(key);
  const inRecord = file.lastIndexOf(key, inCertificate - 1);
  file[inRecord + 60] = (file[inRecord + 60] ?? 0) ^ 1;
  const signed = signedAgain(file, sampleAt(listPath).header.signatureOffset, 'SAST', 'sha1');
  const { verdict, inspectedRecords } = inspectTrustList(signed);
  assert.ok(!verdict.isBelieved);
  assert.equal(verdict.fault.code, 'trust-record-key-mismatch');
  assert.deepEqual(
    inspectedRecords.map(({ faultCode }) => faultCode).filter((code) => code !== undefined),
    ['trust-record-key-mismatch'],
  );
});

test('a list is judged by the list that a phone holds, and by the kind that was asked for', () => {
  const file = sampleBytes(listPath);
  const own = inspectTrustList(file, { known: [knownSigner(sampleCertificate('SAST'))] });
  assert.ok(own.verdict.isBelieved);
  const foreign = inspectTrustList(file, { known: [knownSigner(sampleCertificate('TVS'))] });
  assert.ok(!foreign.verdict.isBelieved);
  assert.equal(foreign.verdict.fault.code, 'file-signer-unknown');
  const other = inspectTrustList(file, { kind: 'itl' });
  assert.ok(!other.verdict.isBelieved);
  assert.equal(other.verdict.fault.code, 'file-name-unexpected');
});

test('what cannot be taken apart is refused', () => {
  assert.throws(() => inspectTrustList(Buffer.from('<device/>')), { code: 'file-unrecognised' });
  assert.throws(() => inspectTrustList(sampleBytes(listPath).subarray(0, 800)), { code: 'file-cut-off' });
});
