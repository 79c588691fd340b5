import { readCertificate, sha256Hex } from '@opencapf/pki';
import {
  type FileSignerFacts,
  listTrustLists,
  readListFetches,
  readTrustListContent,
  type TrustListEntry,
} from '@opencapf/store';
import {
  isVersionOf,
  longestTrustList,
  type TrustListWarning,
  trustedCertificates,
  trustListVersion,
  trustListWarnings,
} from '@opencapf/tftp';
import type { z } from 'zod';
import type { fileSignerSchema, trustListEntrySchema, trustListSchema } from './schemas/trust-list.js';
import type { AdminApiServices } from './services.js';

/** How long before its end a certificate of a trust list is warned of. */
const soonDays = 90;

/** The trust lists as the API shows them. */
export async function trustListView(services: AdminApiServices): Promise<z.output<typeof trustListSchema>> {
  const { database, phoneFiles } = services;
  const { queries } = database;
  const content = await readTrustListContent(queries);
  const { plan } = content;
  const records = content.signers.length === 0 ? [] : trustedCertificates(content);
  const built = await listTrustLists(queries);
  const served = (['itl', 'ctl'] as const).flatMap((kind) =>
    kind === 'ctl' && !plan.servesCtl ? [] : (built.find((list) => list.kind === kind) ?? []),
  );
  return {
    isServed: phoneFiles !== undefined,
    servesCtl: plan.servesCtl,
    signedBy: plan.signedBy,
    releasedTo:
      plan.releasedTo === null
        ? null
        : { subject: readCertificate(plan.releasedTo).subject, sha256: sha256Hex(plan.releasedTo) },
    lists: served.map(({ kind, version, bytes, certificates, builtAt }) => ({
      kind,
      version,
      bytes: bytes.length,
      byteLimit: longestTrustList,
      certificates,
      builtAt,
    })),
    records: records.map(({ role, certificate }, at) => ({
      record: at + 1,
      role,
      subject: certificate.subject,
      sha256: sha256Hex(certificate.der),
      notAfter: certificate.notAfter,
    })),
    warnings: (await readTrustListWarnings(services)).map(({ code, message }) => ({ code, message })),
  };
}

/** A warning about the lists that are served. */
export interface ServedListWarning {
  readonly code: TrustListWarning['code'] | 'trust-list-outdated' | 'trust-list-format-other';
  readonly message: string;
}

/** What somebody should look at in the lists that are served; nothing where none was built. */
export async function readTrustListWarnings({
  database,
  phoneFiles,
  now = () => new Date(),
}: Pick<AdminApiServices, 'database' | 'phoneFiles' | 'now'>): Promise<readonly ServedListWarning[]> {
  const built = await listTrustLists(database.queries);
  const last = built.find(({ kind }) => kind === 'itl');
  if (last === undefined) return [];
  const content = await readTrustListContent(database.queries);
  const outdated: readonly ServedListWarning[] = isVersionOf('itl', content, last.version)
    ? []
    : [
        {
          code: 'trust-list-outdated',
          message:
            'The trust list that phones are served is not the one of the certificates that are in use: it has not been built anew. The log of a node that serves files says why.',
        },
      ];
  const isOther = phoneFiles !== undefined && trustListVersion('itl', content, phoneFiles) !== last.version;
  const other: readonly ServedListWarning[] =
    isOther && outdated.length === 0
      ? [
          {
            code: 'trust-list-format-other',
            message:
              'This node is set to write files in another layout, or to sign them with another hash, than the trust list that is served: nodes must agree (OPENCAPF_TFTP_LAYOUT, OPENCAPF_TFTP_HASH). The node that starts last has the list written as it is set to.',
          },
        ]
      : [];
  return [
    ...outdated,
    ...other,
    ...trustListWarnings({ bytes: last.bytes.length, records: trustedCertificates(content) }, now(), soonDays),
  ];
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

/** A certificate on record as the API shows it. */
export function trustListEntryView({ certificate, ...facts }: TrustListEntry): z.output<typeof trustListEntrySchema> {
  const { subject, notBefore, notAfter } = readCertificate(certificate);
  return { ...facts, subject, notBefore, notAfter };
}
