import { listTrustLists, readTrustListContent, type TrustListContent, type TrustListRecord } from '@opencapf/store';
import {
  isVersionOf,
  requireWritable,
  TftpError,
  type TrustListWarning,
  trustedCertificates,
  trustListVersion,
  trustListWarnings,
} from '@opencapf/tftp';
import type { AdminApiServices } from './services.js';

/** How long before its end a certificate of a trust list is warned of. */
const soonDays = 90;

/** A warning about the lists that are served. */
export interface ServedListWarning {
  readonly code:
    | TrustListWarning['code']
    | 'trust-list-outdated'
    | 'trust-list-unwritable'
    | 'trust-list-format-other'
    | 'files-over-https-other';
  readonly message: string;
}

type Services = Pick<AdminApiServices, 'database' | 'phoneFiles' | 'now'>;

/** What somebody should look at in the lists that are served; nothing before a node has served files. */
export async function readTrustListWarnings(services: Services): Promise<readonly ServedListWarning[]> {
  const { database, now = () => new Date() } = services;
  const content = await readTrustListContent(database.queries);
  if (!content.signers.some(({ state }) => state === 'active')) return [];
  const last = (await listTrustLists(database.queries)).find(({ kind }) => kind === 'itl');
  let records: ReturnType<typeof trustedCertificates>;
  try {
    records = trustedCertificates(content);
  } catch (fault) {
    return [unwritable(fault, last)];
  }
  const stale = [...httpsWarnings(content, services), ...(await staleWarnings(content, last, services))];
  if (last === undefined) return stale;
  return [...stale, ...trustListWarnings({ bytes: last.bytes, records }, now(), soonDays)];
}

/** Whether other nodes have phones come over HTTPS, and this one does not answer there, or the other way round. */
function httpsWarnings({ plan }: TrustListContent, { phoneFiles }: Services): readonly ServedListWarning[] {
  if (phoneFiles?.overHttps === undefined || phoneFiles.overHttps === plan.servesHttps) return [];
  const message = plan.servesHttps
    ? 'The trust list tells phones to fetch files over HTTPS, as the node that started last is set to, and this node does not serve them there: nodes must agree (OPENCAPF_TFTP_HTTPS_PORT). The node that starts last has the list written as it is set to.'
    : 'This node serves files over HTTPS, and the trust list does not tell phones so, as the node that started last does not: nodes must agree (OPENCAPF_TFTP_HTTPS_PORT). The node that starts last has the list written as it is set to.';
  return [{ code: 'files-over-https-other', message }];
}

/** Whether the list is another than would be served now, and why it is not. */
async function staleWarnings(
  content: TrustListContent,
  last: TrustListRecord | undefined,
  { phoneFiles, now = () => new Date() }: Services,
): Promise<readonly ServedListWarning[]> {
  if (last !== undefined && isVersionOf('itl', content, last.version)) {
    if (phoneFiles === undefined || trustListVersion('itl', content, phoneFiles) === last.version) return [];
    const message =
      'This node is set to write files in another layout, or to sign them with another hash, than the trust list that is served: nodes must agree (OPENCAPF_TFTP_LAYOUT, OPENCAPF_TFTP_HASH). The node that starts last has the list written as it is set to.';
    return [{ code: 'trust-list-format-other', message }];
  }
  try {
    await requireWritable(content, phoneFiles, now());
  } catch (fault) {
    return [unwritable(fault, last)];
  }
  const message = `Of the certificates that are in use no trust list has been built, so that phones are served ${servedNow(last)}. The log of a node that serves files says why.`;
  return [{ code: 'trust-list-outdated', message }];
}

function unwritable(fault: unknown, last: TrustListRecord | undefined): ServedListWarning {
  if (!(fault instanceof TftpError)) throw fault;
  const message = `No trust list can be written of what is on record, so that phones are served ${servedNow(last)}: ${fault.message}`;
  return { code: 'trust-list-unwritable', message };
}

function servedNow(last: TrustListRecord | undefined): string {
  return last === undefined ? 'none' : 'the one before';
}
