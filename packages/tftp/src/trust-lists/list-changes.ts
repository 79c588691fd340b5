import { readCertificate, sha256Hex } from '@opencapf/pki';
import {
  buildTrustLists,
  type Database,
  type FileSignerFacts,
  readTrustListContent,
  type SecretKey,
  type Transactions,
  type TrustListContent,
  trustListTransactions,
} from '@opencapf/store';
import { TftpError } from '../errors.js';
import { defaultLayout } from '../writers/layout.js';
import { writeTrustList } from '../writers/trust-list.js';
import { makeFileSigner } from './file-signers.js';
import { listBuilder } from './list-building.js';
import {
  type PhoneFileFormat,
  signerVersionOf,
  trustedCertificates,
  trustListVersion,
} from './trusted-certificates.js';

/** How lists are judged by a node that serves none. */
const defaultFormat: PhoneFileFormat = { layout: defaultLayout, hash: 'sha1' };

/**
 * Transactions that change what trust lists hold. What phones could not load is not changed, whether lists are served by now or not;
 * where this node knows how lists are written, they are built of the change in the same transaction.
 *
 * Whoever changes something by them meets StoreError `sealed-value-unreadable` and TftpError, the codes of `writeTrustList`.
 *
 * @param format - undefined on a node that serves no files: those that do build lists within seconds
 */
export async function trustListChanges(
  database: Database,
  secretKey: SecretKey,
  format: PhoneFileFormat | undefined,
  now: Date,
): Promise<Transactions> {
  // Outside of the transaction: to make keys takes long.
  const standIns = hasSigners(await readTrustListContent(database.queries)) ? [] : await signersToCome(now);
  return trustListTransactions(database, async (queries, before, changed) => {
    const [whole, wholeBefore] = [notReleased(changed), notReleased(before)];
    const isOther = versionOf(whole) !== versionOf(wholeBefore);
    if (!isOther && JSON.stringify(changed.plan) === JSON.stringify(before.plan)) return;
    // What is not to be seen in the list of released phones is, once they are taken back.
    for (const content of isOther ? [whole, changed] : [changed]) {
      await requireWritable(hasSigners(content) ? content : { ...content, signers: standIns }, format, now);
    }
    if (format !== undefined) await buildTrustLists(queries, secretKey, listBuilder(format, now));
  });
}

/**
 * Whether a list of this content could be written.
 *
 * @throws TftpError the codes of `writeTrustList`
 */
export async function requireWritable(
  content: TrustListContent,
  { layout, hash }: PhoneFileFormat = defaultFormat,
  now: Date,
): Promise<void> {
  const { signedBy } = content.plan;
  const signer = content.signers.find(({ purpose, state }) => purpose === signedBy && state === 'active');
  if (signer === undefined) throw new TftpError('trust-list-signer-missing');
  const certificate = readCertificate(signer.certificate);
  if (certificate.keyType?.kind !== 'rsa') throw new TftpError('file-signer-not-rsa');
  const modulusBits = certificate.keyType.size;
  // As long as a signature, which nobody reads.
  const unsigned = { certificate, modulusBits, sign: async () => new Uint8Array(modulusBits / 8) };
  const options = { signer: unsigned, hash, layout, at: now, ...signerVersionOf(content) };
  await writeTrustList('itl', trustedCertificates(content), options);
}

function hasSigners({ signers }: TrustListContent): boolean {
  return signers.some(({ state }) => state === 'active');
}

/** Such as the first start with `OPENCAPF_TFTP=on` makes. */
async function signersToCome(now: Date): Promise<readonly FileSignerFacts[]> {
  const made = (['tftp', 'sast', 'recovery'] as const).map(async (purpose, id): Promise<FileSignerFacts> => {
    const certificate = Buffer.from((await makeFileSigner(purpose, {}, now)).certificate);
    return {
      ...{ id, purpose, state: 'active', certificate, sha256: sha256Hex(certificate), hasKey: true },
      ...{ createdAt: now, activatedAt: now, retiredAt: null, exportedAt: null },
    };
  });
  return await Promise.all(made);
}

function versionOf(content: TrustListContent): string {
  return trustListVersion('itl', content, defaultFormat);
}

function notReleased(content: TrustListContent): TrustListContent {
  return { ...content, plan: { ...content.plan, releasedTo: null } };
}
