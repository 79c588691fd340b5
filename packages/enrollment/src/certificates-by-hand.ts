import { AuthorityError, authorityErrors, checkIssuedCertificate, type IssuedCertificate } from '@opencapf/authority';
import { type CertificateRecord, PkiError, readCertificate } from '@opencapf/pki';
import { type Arrival, type Database, findRequestByKey, type RequestByKey, recordArrived } from '@opencapf/store';

/** What became of a certificate that somebody brought. */
export type BroughtCertificate =
  /** `arrival`: see `recordArrived`; `known` is the one that is on record already. */
  | {
      readonly outcome: 'matched';
      readonly deviceName: string;
      readonly certificate: number;
      readonly arrival: Exclude<Arrival, 'serialKnown'>;
    }
  /** No authority elsewhere was asked for a certificate with its key: such as one of the chain. */
  | { readonly outcome: 'unknownKey'; readonly subject: string }
  /** It is not what was asked for, or unreadable. Nothing was recorded. */
  | {
      readonly outcome: 'refused';
      readonly deviceName: string | undefined;
      readonly code: string;
      readonly words: string;
    };

/**
 * Takes certificates that came by hand from an authority elsewhere, each matched to its request by its key and checked as one
 * that came by a protocol. Phones whose certificate is there are to be reset.
 *
 * @param brought - DER.
 * @returns in the same order
 */
export async function takeIssuedCertificates(
  database: Database,
  brought: readonly Uint8Array[],
  now: Date,
): Promise<readonly BroughtCertificate[]> {
  const outcomes: BroughtCertificate[] = [];
  for (const der of brought) outcomes.push(await take(database, der, now));
  return outcomes;
}

async function take(database: Database, der: Uint8Array, now: Date): Promise<BroughtCertificate> {
  let request: RequestByKey | undefined;
  try {
    const record = readCertificate(der);
    request = await findRequestByKey(database, record.spki);
    if (request === undefined) return { outcome: 'unknownKey', subject: record.subject };
    const { certificate, ...facts } = check(record, request, now);
    const arrival = await recordArrived(database, request.certificate, { ...facts, der: certificate });
    if (arrival === 'serialKnown') {
      const code = 'issued-certificate-serial';
      return { outcome: 'refused', deviceName: request.deviceName, code, words: authorityErrors[code] };
    }
    return { outcome: 'matched', deviceName: request.deviceName, certificate: request.certificate, arrival };
  } catch (fault) {
    if (!(fault instanceof AuthorityError) && !(fault instanceof PkiError)) throw fault;
    return { outcome: 'refused', deviceName: request?.deviceName, code: fault.code, words: fault.message };
  }
}

function check(
  { der }: CertificateRecord,
  { deviceName, publicKey: spki, issuerCertificate }: RequestByKey,
  now: Date,
): IssuedCertificate {
  if (issuerCertificate === null) throw new AuthorityError('issued-certificate-untrusted');
  return checkIssuedCertificate([der], { deviceName, spki, issuer: readCertificate(issuerCertificate), now });
}
