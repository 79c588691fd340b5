import type { KeyObject } from 'node:crypto';
import { type CertificateRecord, readCertificate } from './certificate-reader.js';
import { hasSignatureOf, mayIssue, namesAsIssuer, publicKeyOf } from './certificate-verification.js';
import { PkiError, type PkiErrorCode, pkiErrors } from './errors.js';
import { oid } from './object-identifiers.js';
import type { Validity } from './validity.js';

/**
 * What a trust anchor vouches for: the certificates that phones leave the factory with (`mic`), LSCs of this product
 * (`lscIssuer`), LSCs of another cluster's CAPF (`foreignCapf`).
 */
export type AnchorPurpose = 'mic' | 'lscIssuer' | 'foreignCapf';

/** A CA certificate that is trusted by itself, be it a root or not, with what the administrator decided about it. */
export interface TrustAnchor {
  /** DER. */
  readonly der: Uint8Array;
  readonly purpose: AnchorPurpose;
  /** Until when expired certificates under it, and itself, are accepted; not at all when left out. */
  readonly acceptExpiredUntil?: Date | 'forever' | undefined;
}

/** Trust anchors that were read once, to verify many certificates. */
export interface TrustAnchors<Anchor extends TrustAnchor> {
  readonly entries: readonly {
    readonly anchor: Anchor;
    readonly certificate: CertificateRecord;
    readonly key: KeyObject;
  }[];
}

/** The codes with which {@link verifyToAnchor} refuses. */
export type ChainRefusal = Extract<PkiErrorCode, `chain-${string}`>;

/** What {@link verifyToAnchor} found. */
export type ChainCheck<Anchor extends TrustAnchor> =
  | {
      readonly ok: true;
      /** The anchor as it was given, so that callers find their own fields on it. */
      readonly anchor: Anchor;
      readonly issuer: CertificateRecord;
      /** The certificate or its issuer is past its date, and the anchor's setting let it pass. */
      readonly expired: boolean;
    }
  | {
      readonly ok: false;
      readonly code: ChainRefusal;
      /** Why, in words that an administrator can act on. */
      readonly reason: string;
    };

/**
 * Reads trust anchors. Their order is the order of preference where several fit; two of one name and different keys both
 * stay.
 *
 * @throws PkiError `certificate-unreadable`, `issuer-not-a-ca`, `public-key-malformed`
 */
export function compileTrustAnchors<Anchor extends TrustAnchor>(anchors: readonly Anchor[]): TrustAnchors<Anchor> {
  return {
    entries: anchors.map((anchor) => {
      const certificate = readCertificate(anchor.der);
      if (!mayIssue(certificate)) throw new PkiError('issuer-not-a-ca', `${certificate.subject} is not a CA.`);
      const key = publicKeyOf(certificate);
      if (key === undefined)
        throw new PkiError('public-key-malformed', `The key of ${certificate.subject} is unusable.`);
      return { anchor, certificate, key };
    }),
  };
}

/**
 * Verifies the certificate of a phone. A phone sends this one alone, so its issuer must stand among the anchors, as in a
 * CUCM's CAPF-trust; chains end there, whether a root stands behind it or not. Signatures with SHA-1 are accepted.
 *
 * The certificate must not be a CA, must bear the key usage digitalSignature if it bears any, no critical extension that
 * is unknown here, and lie within its dates, as must its issuer. The issuer's dates count, since nobody watches over the
 * key of an expired CA. Extended key usages are not asked for: those of phones differ from model to model. Revocation,
 * key size and whose certificate it is are for others to check.
 *
 * @returns Never throws: what is wrong with a certificate is an answer.
 */
export function verifyToAnchor<Anchor extends TrustAnchor>(
  certificate: CertificateRecord,
  anchors: TrustAnchors<Anchor>,
  now: Date,
): ChainCheck<Anchor> {
  const named = anchors.entries.filter((entry) => namesAsIssuer(certificate, entry.certificate));
  if (named.length === 0)
    return refuse(
      'chain-issuer-unknown',
      `It names "${certificate.issuer}" as its issuer, and no trust anchor fits that.`,
    );
  const signed = named.filter(({ key }) => hasSignatureOf(certificate, key));
  if (signed.length === 0) return refuse('chain-signature-invalid');
  const flaw = flawOf(certificate);
  if (flaw !== undefined) return flaw;
  let refusal: ChainCheck<Anchor> | undefined;
  for (const { anchor, certificate: issuer } of signed) {
    const late = lateness(certificate, issuer, now);
    if (late === undefined) return { ok: true, anchor, issuer, expired: false };
    if (late.forgivable && acceptsExpired(anchor, now)) return { ok: true, anchor, issuer, expired: true };
    refusal ??= late.refusal;
  }
  return refusal ?? refuse('chain-signature-invalid');
}

type Refusal = Extract<ChainCheck<TrustAnchor>, { ok: false }>;

function refuse(code: ChainRefusal, reason: string = pkiErrors[code]): Refusal {
  return { ok: false, code, reason };
}

/** Of the extensions that a certificate for an end entity may mark as critical, those with nothing left to check here. */
const knownExtensions: ReadonlySet<string> = new Set([
  oid.basicConstraints,
  oid.keyUsage,
  oid.extKeyUsage,
  oid.subjectAltName,
  oid.subjectKeyIdentifier,
  oid.authorityKeyIdentifier,
  oid.certificatePolicies,
  oid.crlDistributionPoints,
  oid.authorityInfoAccess,
]);

function flawOf({ isCa, keyUsage, criticalExtensions }: CertificateRecord): Refusal | undefined {
  if (isCa) return refuse('chain-certificate-is-ca');
  if (keyUsage?.includes('digitalSignature') === false) return refuse('chain-key-usage');
  const unknown = criticalExtensions.find((type) => !knownExtensions.has(type));
  if (unknown !== undefined) return refuse('chain-extension-unknown', `The critical extension ${unknown} is unknown.`);
  return undefined;
}

/** Undefined within all dates. A date that is still to come is never forgiven. */
function lateness(
  certificate: Validity,
  issuer: Validity,
  now: Date,
): { readonly forgivable: boolean; readonly refusal: Refusal } | undefined {
  const day = (date: Date) => date.toISOString().slice(0, 10);
  if (now < certificate.notBefore) {
    const reason = `The certificate is valid from ${day(certificate.notBefore)} on.`;
    return { forgivable: false, refusal: refuse('chain-not-yet-valid', reason) };
  }
  if (now < issuer.notBefore) {
    const reason = `The issuing certificate is valid from ${day(issuer.notBefore)} on.`;
    return { forgivable: false, refusal: refuse('chain-issuer-not-yet-valid', reason) };
  }
  if (now > certificate.notAfter) {
    const reason = `The certificate expired on ${day(certificate.notAfter)}.`;
    return { forgivable: true, refusal: refuse('chain-expired', reason) };
  }
  if (now > issuer.notAfter) {
    const reason = `The issuing certificate expired on ${day(issuer.notAfter)}.`;
    return { forgivable: true, refusal: refuse('chain-issuer-expired', reason) };
  }
  return undefined;
}

function acceptsExpired({ acceptExpiredUntil }: TrustAnchor, now: Date): boolean {
  return acceptExpiredUntil !== undefined && (acceptExpiredUntil === 'forever' || now <= acceptExpiredUntil);
}
