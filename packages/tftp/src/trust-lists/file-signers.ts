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
} from '@opencapf/pki';
import {
  type Database,
  type FileSignerKey,
  type FileSignerPurpose,
  type NewFileSigner,
  readFileSigner,
  type SecretKey,
} from '@opencapf/store';
import { createFileSigner, type FileSigner } from '../writers/file-signer.js';

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

/** A signer with the key that the store has of it. */
export function loadFileSigner({ certificate, privateKey }: FileSignerKey): FileSigner {
  return createFileSigner(readCertificate(certificate), importPkcs8(privateKey));
}
