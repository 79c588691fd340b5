import { PkiError, readCertificate, sha256Hex } from '@opencapf/pki';
import {
  type FileSignerFacts,
  listTrustLists,
  readListFetches,
  readTrustListContent,
  type TrustListContent,
  type TrustListEntry,
} from '@opencapf/store';
import { longestTrustList, TftpError, trustedCertificates } from '@opencapf/tftp';
import type { z } from 'zod';
import type { fileSignerSchema, trustListEntrySchema, trustListSchema } from './schemas/trust-list.js';
import type { AdminApiServices } from './services.js';
import { readTrustListWarnings } from './trust-list-warnings.js';

/** The trust lists as the API shows them. */
export async function trustListView(services: AdminApiServices): Promise<z.output<typeof trustListSchema>> {
  const { phoneFiles } = services;
  const { queries } = services.database;
  const content = await readTrustListContent(queries);
  const { plan } = content;
  const records = recordsOf(content);
  return {
    isServed: phoneFiles !== undefined,
    servesCtl: plan.servesCtl,
    signedBy: plan.signedBy,
    releasedTo:
      plan.releasedTo === null
        ? null
        : { subject: readCertificate(plan.releasedTo).subject, sha256: sha256Hex(plan.releasedTo) },
    lists: (await listTrustLists(queries)).map((list) => ({ ...list, byteLimit: longestTrustList })),
    records: records.map(({ role, certificate }, at) => ({
      record: at + 1,
      role,
      subject: certificate.subject,
      sha256: sha256Hex(certificate.der),
      notAfter: certificate.notAfter,
    })),
    warnings: [...(services.fileWarnings ?? []), ...(await readTrustListWarnings(services))].map(
      ({ code, message }) => ({ code, message }),
    ),
  };
}

/** Phones check their ITL by the CTL that they have, so that who signs lists must stand in both. */
export function listsNeeded(purpose: FileSignerFacts['purpose']): 'anyList' | 'everyList' {
  return purpose === 'tftp' ? 'anyList' : 'everyList';
}

/** A signer of files as the API shows it. */
export async function fileSignerView(
  { database }: AdminApiServices,
  { certificate, ...facts }: FileSignerFacts,
): Promise<z.output<typeof fileSignerSchema>> {
  const { subject, notBefore, notAfter } = readCertificate(certificate);
  const fetches =
    facts.state === 'staged'
      ? await readListFetches(database.queries, facts.sha256, listsNeeded(facts.purpose))
      : undefined;
  return {
    ...facts,
    subject,
    notBefore,
    notAfter,
    fetches: fetches === undefined ? null : { ...fetches, waitingDevices: [...fetches.waitingDevices] },
  };
}

/** A certificate on record as the API shows it, also where it cannot be read: whoever is to take it off the record must find it. */
export function trustListEntryView({ certificate, ...facts }: TrustListEntry): z.output<typeof trustListEntrySchema> {
  try {
    const { subject, notBefore, notAfter } = readCertificate(certificate);
    return { ...facts, subject, notBefore, notAfter };
  } catch (fault) {
    if (fault instanceof PkiError) return { ...facts, subject: null, notBefore: null, notAfter: null };
    throw fault;
  }
}

/** What the lists are to hold; nothing where that cannot be said, of which the warnings tell (`trust-list-unwritable`). */
function recordsOf(content: TrustListContent): ReturnType<typeof trustedCertificates> {
  if (content.signers.length === 0) return [];
  try {
    return trustedCertificates(content);
  } catch (fault) {
    if (fault instanceof TftpError) return [];
    throw fault;
  }
}
