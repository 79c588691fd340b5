import {
  createFileSignerCertificate,
  createSigner,
  exportPkcs8,
  fileSignerKeyType,
  generateKeyPair,
  importPkcs8,
  keyTypeName,
  readCertificate,
  type SubjectFields,
  sha256Hex,
} from '@opencapf/pki';
import {
  type Database,
  ensureFileSigners,
  type FileSignerKey,
  type FileSignerPurpose,
  type NewFileSigner,
  readFileSigner,
  readTrustListContent,
  refreshTrustLists,
  type SecretKey,
  type StoredListKind,
  type TrustListContent,
} from '@opencapf/store';
import { createFileSigner, type FileSigner } from '../writers/file-signer.js';
import { writeTrustList } from '../writers/trust-list.js';
import { isVersionOf, type PhoneFileFormat, trustedCertificates, trustListVersion } from './trusted-certificates.js';

const commonNames = { tftp: 'TFTP', sast: 'SAST', recovery: 'SAST-Recovery' } as const satisfies Record<
  FileSignerPurpose,
  string
>;

/** Makes a key, RSA 2048, and its certificate for who is to sign phones' files. */
export async function makeFileSigner(
  purpose: FileSignerPurpose,
  subject: SubjectFields,
  now: Date,
): Promise<NewFileSigner> {
  const keyPair = await generateKeyPair(fileSignerKeyType);
  return {
    certificate: await createFileSignerCertificate(createSigner(keyPair), commonNames[purpose], subject, now),
    publicKey: keyPair.spki,
    privateKey: exportPkcs8(keyPair.privateKey),
    algorithm: keyTypeName(keyPair.type),
  };
}

/** What {@link ensurePhoneFiles} found or made. */
export interface PhoneFileSigners {
  /** DER: signs configuration files. */
  readonly tftp: Uint8Array;
  /** DER: signs trust lists. */
  readonly sast: Uint8Array;
  /** Whether this call made signers. */
  readonly created: boolean;
}

/**
 * Makes what serving phones' files needs and is not there yet: who signs them, once for all nodes, and trust lists of what is on
 * record now.
 *
 * @param occasion - At its `start` a node has lists written as it is set to. Later on it leaves what another one has written, so that
 * two that are set apart do not build lists against each other.
 * @throws StoreError `sealed-value-unreadable`
 * @throws TftpError the codes of `writeTrustList`
 */
export async function ensurePhoneFiles(
  database: Database,
  secretKey: SecretKey,
  format: PhoneFileFormat,
  subject: SubjectFields,
  now: Date,
  occasion: 'start' | 'change' = 'change',
): Promise<PhoneFileSigners> {
  const made = await ensureFileSigners(database, secretKey, (purpose) => makeFileSigner(purpose, subject, now));
  await refreshLists(database, secretKey, format, now, occasion);
  const { signers } = await readTrustListContent(database.queries);
  const certificateOf = (wanted: FileSignerPurpose): Uint8Array => {
    const found = signers.find(({ purpose, state }) => purpose === wanted && state === 'active');
    if (found === undefined) throw new TypeError(`the ${wanted} signer just made is not there`);
    return found.certificate;
  };
  return { tftp: certificateOf('tftp'), sast: certificateOf('sast'), created: made.length > 0 };
}

/**
 * Builds new trust lists where what they hold has changed, and at a node's start where it is set to write them in another way.
 *
 * @returns the kinds that were built
 * @throws StoreError `sealed-value-unreadable`
 * @throws TftpError the codes of `writeTrustList`; the lists before stay in service
 */
export async function refreshLists(
  database: Database,
  secretKey: SecretKey,
  format: PhoneFileFormat,
  now: Date,
  occasion: 'start' | 'change' = 'change',
): Promise<readonly StoredListKind[]> {
  return await refreshTrustLists(database, secretKey, {
    versionOf: (kind, content) => trustListVersion(kind, content, format),
    isCurrent: (kind, content, version) =>
      occasion === 'start' ? version === trustListVersion(kind, content, format) : isVersionOf(kind, content, version),
    build: async (kind, content, signer) => ({
      bytes: await listOf(kind, content, loadFileSigner(signer), format, now),
      certificates: [...new Set(trustedCertificates(content).map(({ certificate }) => sha256Hex(certificate.der)))],
    }),
  });
}

/**
 * The list of a content, without keeping it.
 *
 * @throws TftpError the codes of `writeTrustList`
 */
export async function listOf(
  kind: StoredListKind,
  content: TrustListContent,
  signer: FileSigner,
  { layout, hash }: PhoneFileFormat,
  now: Date,
): Promise<Uint8Array> {
  return await writeTrustList(kind, trustedCertificates(content), { signer, hash, layout, at: now });
}

/**
 * Who signs files of a purpose now.
 *
 * @returns undefined before there is one, and of a recovery signer whose key is kept elsewhere
 * @throws StoreError `sealed-value-unreadable`
 */
export async function fileSigner(
  database: Database,
  secretKey: SecretKey,
  purpose: FileSignerPurpose,
): Promise<FileSigner | undefined> {
  const key = await readFileSigner(database.queries, secretKey, purpose);
  return key && loadFileSigner(key);
}

function loadFileSigner({ certificate, privateKey }: FileSignerKey): FileSigner {
  return createFileSigner(readCertificate(certificate), importPkcs8(privateKey));
}
