import {
  createFileServerCertificate,
  createFileSignerCertificate,
  createSigner,
  exportPkcs8,
  exportPkcs8Pem,
  fileServerKeyType,
  fileSignerKeyType,
  generateKeyPair,
  importPkcs8,
  type KeyPair,
  keyTypeName,
  readCertificate,
  type SubjectFields,
  toPem,
} from '@opencapf/pki';
import {
  type Database,
  type FileSignerKey,
  type NewFileSigner,
  readFileSigner,
  type SecretKey,
  type SigningPurpose,
} from '@opencapf/store';
import { createFileSigner, type FileSigner } from '../writers/file-signer.js';

const commonNames = { tftp: 'TFTP', sast: 'SAST', recovery: 'SAST-Recovery' } as const satisfies Record<
  SigningPurpose,
  string
>;

/** Makes a key, RSA 2048, and its certificate for who is to sign phones' files. */
export async function makeFileSigner(
  purpose: SigningPurpose,
  subject: SubjectFields,
  now: Date,
): Promise<NewFileSigner> {
  const keyPair = await generateKeyPair(fileSignerKeyType);
  return withKey(keyPair, await createFileSignerCertificate(createSigner(keyPair), commonNames[purpose], subject, now));
}

/** Makes a key, EC on P-256, and its certificate for the HTTPS server of phones' files. */
export async function makeFileServer(subject: SubjectFields, now: Date): Promise<NewFileSigner> {
  const keyPair = await generateKeyPair(fileServerKeyType);
  return withKey(keyPair, await createFileServerCertificate(createSigner(keyPair), subject, now));
}

function withKey(keyPair: KeyPair, certificate: Uint8Array): NewFileSigner {
  return {
    certificate,
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
  purpose: SigningPurpose,
): Promise<FileSigner | undefined> {
  const key = await readFileSigner(database.queries, secretKey, purpose);
  return key && loadFileSigner(key);
}

/**
 * What the HTTPS server of phones' files shows them, PEM.
 *
 * @returns undefined as long as it was never switched on
 * @throws StoreError `sealed-value-unreadable`
 */
export async function fileServerIdentity(
  database: Database,
  secretKey: SecretKey,
): Promise<{ readonly cert: string; readonly key: string } | undefined> {
  const server = await readFileSigner(database.queries, secretKey, 'https');
  if (server === undefined) return undefined;
  return {
    cert: toPem('CERTIFICATE', server.certificate),
    key: exportPkcs8Pem(importPkcs8(server.privateKey).privateKey),
  };
}

/** A signer with the key that the store has of it. */
export function loadFileSigner({ certificate, privateKey }: FileSignerKey): FileSigner {
  return createFileSigner(readCertificate(certificate), importPkcs8(privateKey));
}
