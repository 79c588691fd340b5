import {
  type CertificateRecord,
  checkDeviceBinding,
  PkiError,
  readCertificate,
  type TrustAnchors,
  verifyToAnchor,
} from '@opencapf/pki';
import type { KeyOnRecord, SeenCertificate } from '@opencapf/store';
import { ProofRefused } from './session-ends.js';
import type { KnownAnchor } from './trusted-issuers.js';

/** A certificate that somebody trusted vouches for, and that bears the name of the device that showed it. */
export interface VerifiedCertificate {
  readonly certificate: CertificateRecord;
  readonly anchor: KnownAnchor;
  /** Past its date, or its issuer is, which the administrator allows for this anchor. */
  readonly expired: boolean;
}

/**
 * Verifies the certificate that a phone shows: chain, dates, key usage, whose it is. What is on record about it is another
 * question: see {@link standingOf}.
 *
 * @param der - As the phone sent it.
 * @throws ProofRefused `certificate-refused`
 */
export function verifyCertificate(
  der: Uint8Array,
  deviceName: string,
  anchors: TrustAnchors<KnownAnchor>,
  now: Date,
): VerifiedCertificate {
  const certificate = readShown(der);
  const name = `The certificate "${certificate.subject}"`;
  const chain = verifyToAnchor(certificate, anchors, now);
  if (!chain.ok) throw disbelieved(`${name}: ${chain.reason} [${chain.code}]`);
  checkName(certificate, chain.anchor.purpose, deviceName);
  return { certificate, anchor: chain.anchor, expired: chain.expired };
}

/** Whether a certificate bears this device's name. @throws ProofRefused `certificate-refused` */
export function checkName(certificate: CertificateRecord, purpose: KnownAnchor['purpose'], deviceName: string): void {
  const binding = checkDeviceBinding(certificate, purpose, deviceName);
  if (!binding.ok) throw disbelieved(`The certificate "${certificate.subject}": ${binding.reason} [${binding.code}]`);
}

/**
 * What a verified certificate is to us: the LSC on record; an LSC issued here after that one, whose acknowledgement was lost;
 * an LSC of another cluster, while none of ours is on record; a MIC.
 */
export type Standing = 'onRecord' | 'acknowledgementLost' | 'foreign' | 'mic';

/**
 * Holds a verified certificate against what is on record. One that is superseded, deleted or revoked is never accepted.
 *
 * @param record - With this certificate as the one in question.
 * @throws ProofRefused `certificate-refused`
 */
export function standingOf({ certificate, anchor }: VerifiedCertificate, record: KeyOnRecord): Standing {
  const { asked, lsc } = record;
  const name = `The certificate "${certificate.subject}", serial ${certificate.serial},`;
  if (record.askedRevoked) throw disbelieved(`${name} is revoked.`);
  if (asked?.deleted) throw disbelieved(`${name} is on record as deleted.`);
  if (asked?.superseded) throw disbelieved(`${name} is on record as superseded by a newer one.`);
  if (record.keyOfAnother !== undefined) {
    throw disbelieved(`${name} bears a key that is on record for ${record.keyOfAnother}.`);
  }
  if (asked !== undefined && asked.id === lsc) return 'onRecord';
  switch (anchor.purpose) {
    case 'mic':
      if (asked?.type === 'LSC') throw disbelieved(`${name} is on record as an LSC that the phone does not have.`);
      return 'mic';
    case 'foreignCapf':
      if (lsc === undefined || record.lscIsForeign) return 'foreign';
      throw disbelieved(`${name} is an LSC of another cluster, but one of this cluster is on record.`);
    case 'lscIssuer':
      if (asked?.newest && !asked.installed) return 'acknowledgementLost';
      throw disbelieved(`${name} is not the LSC on record.`);
  }
}

/** The certificate as it is put on record. */
export function seenCertificate(
  { certificate, anchor }: VerifiedCertificate,
  origin: SeenCertificate['origin'],
): SeenCertificate {
  const { der, serial, spki: publicKey, subject, issuer, notBefore, notAfter } = certificate;
  const type = anchor.purpose === 'mic' ? 'MIC' : 'LSC';
  return { type, origin, der, serial, publicKey, subject, issuer, notBefore, notAfter };
}

/** @throws ProofRefused `certificate-refused` */
export function readShown(der: Uint8Array): CertificateRecord {
  try {
    return readCertificate(der);
  } catch (fault) {
    if (!(fault instanceof PkiError)) throw fault;
    throw new ProofRefused('certificate-refused', `${fault.message} [${fault.code}]`, { cause: fault });
  }
}

function disbelieved(words: string): ProofRefused {
  return new ProofRefused('certificate-refused', words);
}
