import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { type CertificateRecord, readCertificate } from './certificate-reader.js';
import { checkDeviceBinding } from './device-binding.js';
import { PkiError } from './errors.js';
import { fromPem } from './pem.js';
import { type ProofCheck, signDeviceProof, signSudiProof, verifyDeviceProof, verifySudiProof } from './phone-proofs.js';
import {
  type RecordedProof,
  type RecordedSession,
  readRecordedProof,
  recordedCertificateSessions,
} from './testing/recorded-sessions.js';
import { type AnchorPurpose, compileTrustAnchors, type TrustAnchors, verifyToAnchor } from './trust-anchors.js';

const now = new Date('2026-11-20T18:00:00Z');
const policy = { minRsaBits: 1024 };
const sessions = await recordedCertificateSessions();

/** What a sound server says to each, which is not always what the recorded one did. */
const verdicts: Readonly<Record<string, string>> = {
  'install-certificate-rsa-lsc-sudi-same': 'accepted',
  'install-certificate-rsa-lsc-sudi-mic': 'accepted',
  'install-certificate-lsc-of-another-device': 'binding-other-device',
  'install-certificate-expired-lsc': 'chain-expired',
  'install-certificate-ec-lsc-sudi-mic': 'SUDI: binding-other-device',
  'install-ec-key-certificate-ec-lsc-sudi-mic': 'SUDI: binding-other-device',
  'install-certificate-ec-lsc-no-sudi-file': 'nothing sent',
  'install-certificate-mic-only': 'accepted',
  'install-certificate-none-sent': 'no certificate',
  'install-certificate-untrusted-issuer': 'chain-issuer-unknown',
  'certificate-without-sudi-accepted': 'accepted',
  'certificate-same-signatures-replayed-in-another-session': 'accepted',
  'certificate-signed-data-missing': 'proof-signature-missing',
  'certificate-sha2-missing': 'proof-signature-missing',
  'certificate-sha256-refused': 'accepted',
  'certificate-bad-signature': 'proof-signature-invalid',
  'certificate-sudi-empty-element': 'malformed',
  'certificate-sha2-element-too-short': 'malformed',
  'certificate-garbage-der': 'certificate-unreadable',
  'certificate-element-one-byte': 'malformed',
  'certificate-padding-not-checked': 'proof-signature-invalid',
  'certificate-exponent-3-forged-without-private-key': 'proof-signature-invalid',
};

describe('the recorded sessions with certificates', () => {
  it('are all judged here', () => {
    assert.deepEqual(sessions.map(({ name }) => name).sort(), Object.keys(verdicts).sort());
  });

  for (const session of sessions) {
    it(`${session.name}: ${verdicts[session.name]}`, () => {
      assert.equal(judge(session), verdicts[session.name]);
    });
  }

  it('hold the very signatures that their private keys make here', () => {
    const names = ['install-certificate-rsa-lsc-sudi-same', 'install-certificate-rsa-lsc-sudi-mic'];
    for (const session of sessions.filter(({ name }) => names.includes(name))) {
      const { certificate, deviceName, sessionId, sha1, sha2, sudi } = proofIn(session);
      assert.ok(certificate && sudi?.[0]);
      const lscKey = createPrivateKey(String(session.materials['lsc_pem']));
      assert.deepEqual(signDeviceProof(lscKey, deviceName, certificate), { sha1, sha2 });
      const made = signSudiProof(createPrivateKey(String(session.materials['sudi_pem'])), sessionId, sudi[0].bytes);
      assert.deepEqual([made.sha1, made.sha2?.signature], [sudi[1]?.bytes, sudi[2]?.bytes]);
    }
  });

  it('prove a SUDI for their own session only, and read its id little-endian', () => {
    for (const session of sessions.filter(({ name }) => name.includes('-sudi-'))) {
      const { sessionId, sudi } = readOrNothing(session) ?? {};
      if (sessionId === undefined || sudi?.[0] === undefined) continue;
      const certificate = readCertificate(sudi[0].bytes);
      const signatures = signaturesOf(sudi);
      assert.deepEqual(verifySudiProof(certificate, sessionId, signatures, policy), { ok: true });
      const swapped = Buffer.alloc(4);
      swapped.writeUInt32BE(sessionId);
      for (const other of [sessionId + 1, swapped.readUInt32LE()]) {
        assert.equal(codeOf(verifySudiProof(certificate, other, signatures, policy)), 'proof-signature-invalid');
      }
    }
  });
});

function judge(session: RecordedSession): string {
  if (!session.messages.some(({ from }) => from === 'phone')) return 'nothing sent';
  const proof = readOrNothing(session);
  if (proof === undefined) return 'malformed';
  if (proof.certificate === undefined) return 'no certificate';
  const anchors = anchorsOf(session);
  try {
    const certificate = readCertificate(proof.certificate);
    const device = judgeCertificate(certificate, anchors, proof.deviceName);
    if (device !== 'accepted') return device;
    const own = verifyDeviceProof(certificate, proof.deviceName, proof, policy);
    if (!own.ok) return own.code;
    if (proof.sudi?.[0] === undefined) return 'accepted';
    const sudi = readCertificate(proof.sudi[0].bytes);
    const shown = judgeCertificate(sudi, anchors, proof.deviceName);
    if (shown !== 'accepted') return `SUDI: ${shown}`;
    const check = verifySudiProof(sudi, proof.sessionId, signaturesOf(proof.sudi), policy);
    return check.ok ? 'accepted' : `SUDI: ${check.code}`;
  } catch (error) {
    if (error instanceof PkiError) return error.code;
    throw error;
  }
}

function judgeCertificate(certificate: CertificateRecord, anchors: TrustAnchors<Anchor>, deviceName: string): string {
  const chain = verifyToAnchor(certificate, anchors, now);
  if (!chain.ok) return chain.code;
  const binding = checkDeviceBinding(certificate, chain.anchor.purpose, deviceName);
  return binding.ok ? 'accepted' : binding.code;
}

interface Anchor {
  readonly der: Uint8Array;
  readonly purpose: AnchorPurpose;
}

function anchorsOf({ materials }: RecordedSession): TrustAnchors<Anchor> {
  const wanted = [
    ['lsc_issuer_certificate_pem', 'lscIssuer'],
    ['sudi_issuer_certificate_pem', 'mic'],
    ['issuer_certificate_pem', 'lscIssuer'],
  ] as const;
  return compileTrustAnchors(
    wanted.flatMap(([material, purpose]) => {
      const pem = materials[material];
      return typeof pem === 'string' ? fromPem('CERTIFICATE', pem).map((der) => ({ der, purpose })) : [];
    }),
  );
}

function proofIn(session: RecordedSession): RecordedProof {
  return readRecordedProof(session.messages.find(({ from }) => from === 'phone')?.hex ?? '');
}

function readOrNothing(session: RecordedSession): RecordedProof | undefined {
  try {
    return proofIn(session);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function signaturesOf(sudi: NonNullable<RecordedProof['sudi']>) {
  const [, sha1, sha2] = sudi;
  return { sha1: sha1?.bytes, sha2: sha2 && { digestId: sha2.id, signature: sha2.bytes } };
}

function codeOf(check: ProofCheck): string | undefined {
  return check.ok ? undefined : check.code;
}
