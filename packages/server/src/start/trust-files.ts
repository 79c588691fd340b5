import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { admitToTrustStore } from '@opencapf/enrollment';
import { longestTrustUpload, PkiError } from '@opencapf/pki';
import { type Database, listIssuerCertificates, syncTrustFiles, type TrustFileCertificate } from '@opencapf/store';
import type { Logger } from '../log.js';

const wanted = /^[^.].*\.(?:pem|crt|der|p7b)$/i;

/**
 * Makes the CAPF trust store hold what stands in the files of a directory. One whose name holds "CAPF-" counts as the CAPF
 * certificate of another cluster, any other as a CA of MICs. A missing directory is one without files.
 *
 * A file that cannot be taken is warned of and keeps nobody from being served: what it held at an earlier start stays.
 *
 * @throws StoreError `database-lost`
 */
export async function loadTrustFiles(directory: string, database: Database, log: Logger): Promise<void> {
  const names = await fileNames(directory).catch((err: unknown) => {
    log.warn({ err, directory }, 'the directory of the CAPF trust store cannot be read; the store stays as it is');
    return undefined;
  });
  if (names === undefined) return;
  const ownIssuers = await listIssuerCertificates(database);
  const certificates: TrustFileCertificate[] = [];
  const unreadable: string[] = [];
  for (const fileName of names) {
    try {
      const admitted = admitToTrustStore(await readBounded(join(directory, fileName)), undefined, ownIssuers);
      certificates.push(...admitted.map((certificate) => ({ ...certificate, fileName })));
    } catch (err) {
      unreadable.push(fileName);
      log.warn({ err, directory, file: fileName }, 'a file of the CAPF trust store is not taken');
    }
  }
  const { added, removed } = await syncTrustFiles(database, certificates, unreadable);
  if (added.length > 0) log.info({ directory, added }, 'new files of the CAPF trust store are read');
  if (removed.length > 0) log.warn({ directory, removed }, 'certificates whose files are gone are trusted no more');
}

async function fileNames(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => wanted.test(name)).sort();
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fault;
  }
}

/** Not read at all when it is too long, or no file at all: a pipe would never end. */
async function readBounded(path: string): Promise<Uint8Array> {
  const found = await stat(path);
  if (!found.isFile()) throw new PkiError('trust-upload-unreadable', 'It is no file.');
  if (found.size > longestTrustUpload) throw new PkiError('trust-upload-too-large');
  return await readFile(path);
}
