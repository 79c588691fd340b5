import type { CertificateRecord } from '@opencapf/pki';
import { longestTrustList } from '../format/header-tags.js';
import type { TrustRole } from '../format/record-tags.js';

/** What somebody should look at before phones are in trouble; none of it spoils the list. */
export interface TrustListWarning {
  readonly code:
    | 'trust-list-near-limit'
    | 'trust-list-certificate-expired'
    | 'trust-list-certificate-expires-soon'
    | 'trust-list-certificate-not-yet-valid'
    | 'trust-list-certificate-missing'
    | 'trust-list-certificate-not-in-use'
    | 'trust-list-certificate-unlisted';
  /** In words. */
  readonly message: string;
  /** Number of the record, from 1, where it is about one. */
  readonly record?: number;
}

/** What a list is judged by. */
export interface WeighedTrustList {
  /** Of the whole file. */
  readonly bytes: number;
  readonly records: readonly {
    /** As people call it. */
    readonly role: TrustRole | string;
    readonly certificate: Pick<CertificateRecord, 'subject' | 'notBefore' | 'notAfter'> | undefined;
  }[];
}

const dayMs = 86_400_000;

/** From this share of 64 KB on somebody should know; some seven certificates of 2048 bits still fit then. */
const nearLimit = 0.8;

/**
 * What is to be looked at in a list: whether it grows towards the 64 KB that phones load (39 certificates are about the most), and
 * whose certificate ends within so many days.
 *
 * @param soonDays - How long before its end a certificate is warned of.
 */
export function trustListWarnings(
  { bytes, records }: WeighedTrustList,
  now: Date,
  soonDays: number,
): readonly TrustListWarning[] {
  const long: readonly TrustListWarning[] =
    bytes < longestTrustList * nearLimit
      ? []
      : [
          {
            code: 'trust-list-near-limit',
            message: `The trust list has ${bytes} of the ${longestTrustList} bytes that phones load, with ${records.length} records. Take certificates out of it that nobody needs.`,
          },
        ];
  return [...long, ...records.flatMap((record, at) => warningsOfRecord(record, at + 1, now, soonDays))];
}

/**
 * What a list holds in the place of certificates that are in use: a record of the same subject with another certificate, and one that
 * is in use and in no record. Phones refuse who shows it.
 *
 * @param inUse - What servers show and sign with now.
 */
export function warningsOfUse(
  records: readonly { readonly role: TrustRole | string; readonly certificate: CertificateRecord | undefined }[],
  inUse: readonly CertificateRecord[],
): readonly TrustListWarning[] {
  const isSame = (one: CertificateRecord, other: CertificateRecord | undefined): boolean =>
    other !== undefined && Buffer.from(one.der).equals(other.der);
  const old = records.flatMap(({ role, certificate }, at): readonly TrustListWarning[] => {
    const namesakes = inUse.filter(({ subject }) => subject === certificate?.subject);
    if (namesakes.length === 0 || namesakes.some((one) => isSame(one, certificate))) return [];
    const message = `The certificate of record ${at + 1} (${role}, ${certificate?.subject}) is not the one in use.`;
    return [{ code: 'trust-list-certificate-not-in-use', message, record: at + 1 }];
  });
  const unlisted = inUse
    .filter((one) => !records.some(({ certificate }) => isSame(one, certificate)))
    .map(({ subject }): TrustListWarning => {
      const message = `The certificate ${subject} is in use and stands in no record.`;
      return { code: 'trust-list-certificate-unlisted', message };
    });
  return [...old, ...unlisted];
}

function warningsOfRecord(
  { role, certificate }: WeighedTrustList['records'][number],
  record: number,
  now: Date,
  soonDays: number,
): readonly TrustListWarning[] {
  if (certificate === undefined) {
    const message = `Record ${record} (${role}) holds no readable certificate.`;
    return [{ code: 'trust-list-certificate-missing', message, record }];
  }
  const { subject, notBefore, notAfter } = certificate;
  const about = `The certificate of record ${record} (${role}, ${subject})`;
  if (notAfter <= now) {
    return [{ code: 'trust-list-certificate-expired', message: `${about} ended on ${day(notAfter)}.`, record }];
  }
  if (notBefore > now) {
    const message = `${about} is not valid before ${notBefore.toISOString()}.`;
    return [{ code: 'trust-list-certificate-not-yet-valid', message, record }];
  }
  if (notAfter.getTime() > now.getTime() + soonDays * dayMs) return [];
  return [{ code: 'trust-list-certificate-expires-soon', message: `${about} ends on ${day(notAfter)}.`, record }];
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}
