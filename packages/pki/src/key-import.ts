import { Worker } from 'node:worker_threads';
import { type CertificateRecord, readCertificate } from './certificate-reader.js';
import { PkiError, type PkiErrorCode } from './errors.js';
import type { KeyFileContent } from './key-file.js';
import { importPkcs8, type KeyPair } from './keys.js';

/** What was found in a key file. */
export interface ImportedKey {
  readonly keyPair: KeyPair;
  /** DER, in the file's order: the key's own and those above it, as far as the file holds them. */
  readonly certificates: readonly Uint8Array[];
}

/** What the thread answers. */
export type KeyImportAnswer =
  | { readonly content: KeyFileContent }
  | { readonly code: PkiErrorCode; readonly message: string };

/** A file's author says how long its passphrase is to be stirred; nobody needs longer, in milliseconds. */
const longestImportMs = 30_000;

/**
 * Reads a file with one private key: PEM (PKCS#8, PKCS#1, SEC1, encrypted ones too), DER of these, or PKCS#12 with the chain in
 * it. In a thread of its own, since it takes as long as the file says.
 *
 * @param passphrase - left out where there is none
 * @throws PkiError `key-file-*`, `private-key-unsupported`
 */
export async function importKeyFile(file: Uint8Array, passphrase?: string): Promise<ImportedKey> {
  const answer = await readInThread(file, passphrase);
  if ('code' in answer) throw new PkiError(answer.code, answer.message);
  return { keyPair: importPkcs8(answer.content.pkcs8), certificates: answer.content.certificates };
}

/** The certificate of this key among those that came with it. @throws PkiError `issuer-key-mismatch`, `certificate-unreadable` */
export function certificateOfKey({ keyPair, certificates }: ImportedKey): CertificateRecord {
  const own = certificates.map(readCertificate).find(({ spki }) => Buffer.compare(spki, keyPair.spki) === 0);
  if (own === undefined) throw new PkiError('issuer-key-mismatch', 'The file holds no certificate of its private key.');
  return own;
}

async function readInThread(file: Uint8Array, passphrase: string | undefined): Promise<KeyImportAnswer> {
  const worker = new Worker(new URL('./key-import-thread.js', import.meta.url), {
    workerData: { file: Uint8Array.from(file), passphrase },
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  const late = setTimeout(() => void worker.terminate(), longestImportMs);
  try {
    return await new Promise<KeyImportAnswer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', (cause) => reject(new PkiError('key-file-unreadable', undefined, { cause })));
      worker.once('exit', () => reject(new PkiError('key-file-unreadable', 'Reading it takes too long.')));
    });
  } finally {
    clearTimeout(late);
    await worker.terminate();
  }
}
