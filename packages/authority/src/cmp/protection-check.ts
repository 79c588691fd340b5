import { verify } from 'node:crypto';
import {
  type CertificateRecord,
  importSpki,
  PkiError,
  readCertificate,
  readPublicKey,
  verifySignedBy,
} from '@opencapf/pki';
import { AuthorityError } from '../errors.js';
import type { AnswerMessage } from './message.js';
import { cmpOid, hashBySignature } from './object-identifiers.js';
import { deriveMacKey, macVerifies, readMacParameters } from './password-mac.js';

/** By what answers are believed. */
export interface AnswerTrust {
  /** The secret that is shared with the authority. */
  readonly secret: string | undefined;
  /**
   * Certificates whose signatures are believed: that of the authority's own protection, or of a CA above it. Under a CA, only
   * a signer counts that is a CA itself or has an extended key usage of CMC CA or RA: else any phone with a certificate of
   * the CA could speak for it.
   */
  readonly anchors: readonly CertificateRecord[];
}

/**
 * Verifies the protection of an answer.
 *
 * @throws AuthorityError `authority-answer-unprotected`, `authority-answer-unreadable`
 */
export async function checkProtection(answer: AnswerMessage, trust: AnswerTrust, now: Date): Promise<void> {
  const algorithm = answer.header.protectionAlgorithm;
  if (algorithm === undefined || answer.protection === undefined) throw unprotected('The answer is not protected.');
  if (algorithm.type === cmpOid.passwordBasedMac) {
    await checkMac(answer, answer.protection, algorithm.parameters, trust);
  } else if (hashBySignature.has(algorithm.type)) {
    checkSignature(answer, answer.protection, algorithm.type, trust, now);
  } else {
    throw unprotected(
      `The answer is protected by ${algorithm.type}, which is unknown here. Let the authority use a password-based MAC, or RSA or ECDSA signatures.`,
    );
  }
}

function unprotected(detail: string): AuthorityError {
  return new AuthorityError('authority-answer-unprotected', detail);
}

async function checkMac(
  { protectedPart }: AnswerMessage,
  protection: Uint8Array,
  algorithm: Uint8Array | undefined,
  { secret }: AnswerTrust,
): Promise<void> {
  if (secret === undefined || algorithm === undefined) {
    throw unprotected(
      'The answer is protected by a shared secret, and the settings have none. Use signatures on both sides.',
    );
  }
  const parameters = readMacParameters(algorithm);
  const key = await deriveMacKey(secret, parameters);
  if (!macVerifies(key, parameters.mac, protectedPart, protection)) {
    throw unprotected(
      'The answer is protected by another secret than that in the settings. Correct reference and secret.',
    );
  }
}

function checkSignature(
  answer: AnswerMessage,
  protection: Uint8Array,
  algorithm: string,
  { anchors }: AnswerTrust,
  now: Date,
): void {
  if (anchors.length === 0) {
    throw unprotected(
      "The answer is signed, and the settings have no trust anchor for the authority's signatures. Give one.",
    );
  }
  const sent = answer.extraCertificates.flatMap(readQuietly);
  const signers = [...sent, ...anchors].filter((certificate) => mayBeSignerOf(answer, certificate));
  const signer = signers.find((certificate) => signed(answer.protectedPart, protection, algorithm, certificate));
  if (signer === undefined) {
    throw unprotected('The signature of the answer is not that of a certificate that came with it or is trusted.');
  }
  if (anchors.some((anchor) => isSame(anchor, signer))) return;
  if (!mayUseKey(signer)) {
    throw unprotected(
      `"${signer.subject}" signed the answer, and its certificate does not say that it speaks for a CA. Make that very certificate the trust anchor if it does.`,
    );
  }
  if (!leadsToAnchor(signer, sent, anchors, now)) {
    throw unprotected(
      `The answer is signed by "${signer.subject}", for whom no trust anchor vouches. Correct the trust anchor for the authority's signatures.`,
    );
  }
}

/** What cannot be read cannot have signed either. */
function readQuietly(der: Uint8Array): readonly CertificateRecord[] {
  try {
    return [readCertificate(der)];
  } catch (fault) {
    if (fault instanceof PkiError) return [];
    throw fault;
  }
}

function mayBeSignerOf({ header }: AnswerMessage, { subjectDer, subjectKeyId }: CertificateRecord): boolean {
  const { sender, senderKeyId } = header;
  if (senderKeyId !== undefined && subjectKeyId !== undefined) {
    return Buffer.from(senderKeyId).toString('hex') === subjectKeyId;
  }
  return sender !== undefined && Buffer.compare(sender, subjectDer) === 0;
}

function signed(bytes: Uint8Array, signature: Uint8Array, algorithm: string, { spki }: CertificateRecord): boolean {
  const { kind, hash } = hashBySignature.get(algorithm) ?? {};
  // SHA-1 signatures can be forged.
  if (hash === undefined || hash === 'sha1') return false;
  try {
    return readPublicKey(spki).kind === kind && verify(hash, bytes, importSpki(spki), signature);
  } catch {
    return false;
  }
}

function isSame(one: CertificateRecord, other: CertificateRecord): boolean {
  return Buffer.compare(one.der, other.der) === 0;
}

function mayUseKey({ isCa, keyUsage, extendedKeyUsage }: CertificateRecord): boolean {
  if (isCa) return true;
  const speaksForCa = extendedKeyUsage?.some((usage) => usage === cmpOid.cmcCa || usage === cmpOid.cmcRa) === true;
  return speaksForCa && keyUsage?.includes('digitalSignature') !== false;
}

/** Each certificate is looked at once, however they sign one another. */
function leadsToAnchor(
  signer: CertificateRecord,
  sent: readonly CertificateRecord[],
  anchors: readonly CertificateRecord[],
  now: Date,
): boolean {
  const reached = new Set([signer]);
  for (const certificate of reached) {
    if (now < certificate.notBefore || now > certificate.notAfter) continue;
    if (anchors.some((anchor) => isSame(anchor, certificate) || verifySignedBy(certificate, anchor))) return true;
    for (const issuer of sent) {
      if (!reached.has(issuer) && verifySignedBy(certificate, issuer)) reached.add(issuer);
    }
  }
  return false;
}
