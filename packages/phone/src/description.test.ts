import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateMd5, exportPkcs8Pem, generateKeyPair, sha256Hex, toPem } from '@opencapf/pki';
import { describeEnrollment } from './description.js';
import type { Enrollment } from './enroll.js';
import { PhoneError } from './errors.js';
import { capfIdentity, issueLsc } from './testing/certificates.js';

const capf = await capfIdentity();
const key = await generateKeyPair({ kind: 'ec', size: 256 });
const certificate = await issueLsc(capf.issuer, 'SEP001122334455', key);
const enrollment: Enrollment = {
  outcome: { kind: 'installed', lsc: { certificate, key } },
  sessionId: 5,
  endReason: 1,
  tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', verified: true },
  steps: [
    { at: 1_000.5, event: 'connected' },
    { at: 1_001.75, event: 'keyMade', key: { kind: 'ec', size: 256 } },
    { at: 1_002, event: 'received', command: 'EndSession', reason: 1 },
  ],
  identity: { lsc: { certificate, key } },
};

test('an install is described with its certificate, its steps and no key', () => {
  const described = describeEnrollment(enrollment);
  assert.equal(described.outcome, 'installed');
  assert.equal(described.reasonName, 'UPDATE_CERTIFICATE');
  assert.equal(described.certificate?.pem, toPem('CERTIFICATE', certificate));
  assert.equal(described.certificate?.md5, certificateMd5(certificate));
  assert.equal(described.certificate?.sha256, sha256Hex(certificate));
  assert.equal(described.certificate?.key, 'EC P-256');
  assert.match(described.certificate?.notAfter ?? '', /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual(described.steps.slice(1), [
    { at: '1970-01-01T00:00:01.001Z', elapsedMs: 1.25, event: 'keyMade', key: 'EC P-256' },
    { at: '1970-01-01T00:00:01.002Z', elapsedMs: 1.5, event: 'received', command: 'EndSession', reason: 1 },
  ]);
  const [secret = ''] = exportPkcs8Pem(key.privateKey).split('\n').slice(1);
  assert.ok(!JSON.stringify(described).includes(secret));
});

test('a fault is described with its code, its stage and what to do', () => {
  const fault = new PhoneError('capf-answer-timed-out');
  const described = describeEnrollment({
    ...enrollment,
    outcome: { kind: 'connectionFault', fault, stage: 'authenticated' },
    endReason: undefined,
  });
  assert.equal(described.code, 'capf-answer-timed-out');
  assert.equal(described.stage, 'authenticated');
  assert.equal(described.message, fault.message);
  assert.ok(!('reason' in described) && !('certificate' in described));
});

test('what a phone showed is described, readable or not', () => {
  const described = describeEnrollment({
    ...enrollment,
    outcome: {
      kind: 'fetched',
      shown: [
        { type: 'lsc', certificate: undefined },
        { type: 'mic', certificate: Buffer.from('rubbish') },
      ],
    },
  });
  assert.equal(described.message, 'The phone showed its MIC.');
  assert.equal(described.shown?.[0]?.certificate, null);
  assert.equal(described.shown?.[1]?.certificate?.subject, undefined);
  assert.equal(described.shown?.[1]?.certificate?.sha256, sha256Hex(Buffer.from('rubbish')));
});
