import { createHash } from 'node:crypto';
import { type CertificateRecord, PkiError, readCertificate, sha256Hex } from '@opencapf/pki';
import type { FileSignerFacts, TrustListContent } from '@opencapf/store';
import { TftpError } from '../errors.js';
import type { FileHash } from '../format/algorithms.js';
import type { TrustListKind } from '../format/header-tags.js';
import type { LayoutName } from '../writers/layout.js';
import type { TrustListOptions } from '../writers/trust-list.js';
import type { TrustedCertificate } from '../writers/trust-record.js';

/** How a site's files are written. */
export interface PhoneFileFormat {
  readonly layout: LayoutName;
  readonly hash: FileHash;
}

/**
 * The records of a trust list in their order: who signs lists, who signs configuration files, whom phones meet where these are served
 * over HTTPS, CAPF's own certificates, and what administrators have put on record.
 *
 * Of two SAST records (documentation allows no third) the first is who signs; the second is, in this order, the cluster that phones
 * are released to, the SAST signer while the recovery signer signs, the staged SAST signer, the recovery signer.
 *
 * @throws TftpError `trust-record-certificate-unreadable`
 */
export function trustedCertificates(content: TrustListContent): readonly TrustedCertificate[] {
  const { plan, entries, capf } = content;
  const sast = activeSigner(content, 'sast');
  const recovery = activeSigner(content, 'recovery');
  const signer = plan.signedBy === 'sast' ? sast : recovery;
  const second =
    plan.releasedTo ?? (plan.signedBy === 'recovery' ? sast : (stagedSigner(content, 'sast') ?? recovery))?.certificate;
  const sasts = [signer?.certificate, second].flatMap((der) => (der === undefined ? [] : record('SAST', der)));
  // Whoever is released keeps nothing of ours but what lets the other cluster's list in.
  if (plan.releasedTo !== null) return withoutRepeats(sasts);
  const server = plan.servesHttps ? activeSigner(content, 'https') : undefined;
  const tftp = [activeSigner(content, 'tftp'), stagedSigner(content, 'tftp'), server];
  return withoutRepeats([
    ...sasts,
    ...tftp.flatMap((one) => (one === undefined ? [] : record('TFTP', one.certificate))),
    ...capf.flatMap((der) => record('CAPF', der)),
    ...entries.map(({ role, certificate, dnsName, ipAddress }) => ({
      role,
      certificate: onRecord(certificate),
      dnsName,
      ...(ipAddress === null ? {} : { ipAddress }),
    })),
  ]);
}

/**
 * What a list says to newer phones: to fetch their configuration over HTTPS (tftp-file-formats.md, section 5.1). Nothing where that is
 * not served, or phones are to go to another cluster.
 */
export function signerVersionOf({ plan }: TrustListContent): Pick<TrustListOptions, 'signerVersion'> {
  return plan.servesHttps && plan.releasedTo === null ? { signerVersion: '1.1' } : {};
}

/** The version of a list: the first 16 hex digits of the SHA-256 of all that it is built from, its time stamp apart. */
export function trustListVersion(
  kind: TrustListKind,
  content: TrustListContent,
  { layout, hash }: PhoneFileFormat,
): string {
  const records = trustedCertificates(content).map(({ role, certificate, dnsName, ipAddress }) => [
    role,
    sha256Hex(certificate.der),
    dnsName ?? '',
    ipAddress ?? '',
  ]);
  return createHash('sha256')
    .update(JSON.stringify([kind, layout, hash, records, ...Object.values(signerVersionOf(content))]))
    .digest('hex')
    .slice(0, 16);
}

/** Every way in which a site's files can be written. */
const formats: readonly PhoneFileFormat[] = (['usecallmanager', 'cisco'] as const).flatMap((layout) =>
  (['sha1', 'sha512'] as const).map((hash) => ({ layout, hash })),
);

/** Whether a version is that of this content, in whatever way the list was written. */
export function isVersionOf(kind: TrustListKind, content: TrustListContent, version: string): boolean {
  return formats.some((format) => trustListVersion(kind, content, format) === version);
}

function record(role: TrustedCertificate['role'], der: Uint8Array): readonly TrustedCertificate[] {
  return [{ role, certificate: onRecord(der) }];
}

/** Calls keep nothing that cannot be read; whoever writes into the tables may. */
function onRecord(der: Uint8Array): CertificateRecord {
  try {
    return readCertificate(der);
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    throw new TftpError('trust-record-certificate-unreadable', undefined, { cause });
  }
}

function activeSigner({ signers }: TrustListContent, purpose: FileSignerFacts['purpose']): FileSignerFacts | undefined {
  return signers.find((one) => one.purpose === purpose && one.state === 'active');
}

function stagedSigner({ signers }: TrustListContent, purpose: FileSignerFacts['purpose']): FileSignerFacts | undefined {
  return signers.find((one) => one.purpose === purpose && one.state === 'staged');
}

/** A certificate in one role stands in a list once, whoever wants it there. */
function withoutRepeats(records: readonly TrustedCertificate[]): readonly TrustedCertificate[] {
  const seen = new Set<string>();
  return records.filter(({ role, certificate }) => {
    const key = `${role} ${sha256Hex(certificate.der)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
