import { type CertificateRecord, PkiError, readCertificates } from '@opencapf/pki';
import { unzipSync } from 'fflate';
import { AdminApiError } from './errors.js';

/** An upload is refused unread when it is larger, in bytes. */
export const longestCertificateUpload = 16 * 1024 * 1024;

const mostFiles = 10_000;
const longestFile = 256 * 1024;
const longestUnpacked = 64 * 1024 * 1024;

/** What one file of an upload held. */
export interface UploadedFile {
  /** Within the zip; undefined of an upload that is none. */
  readonly file: string | undefined;
  readonly certificates: readonly CertificateRecord[];
  /** Why nothing in it can be read. */
  readonly fault?: PkiError;
}

/**
 * Reads certificates that came back from a CA: PEM with any number, DER, PKCS#7, or a zip of such files. Of a zip whose file
 * cannot be read the others are taken all the same.
 *
 * @throws PkiError `trust-upload-*`
 * @throws AdminApiError `zip-unreadable`, `zip-too-large`
 */
export function readCertificateUpload(upload: Uint8Array): readonly UploadedFile[] {
  if (!isZip(upload)) return [{ file: undefined, certificates: readCertificates(upload) }];
  return Object.entries(unpack(upload)).map(([file, content]) => {
    try {
      return { file, certificates: readCertificates(content) };
    } catch (fault) {
      if (!(fault instanceof PkiError)) throw fault;
      return { file, certificates: [], fault };
    }
  });
}

function isZip(upload: Uint8Array): boolean {
  return upload[0] === 0x50 && upload[1] === 0x4b;
}

/** What a file claims to become is all that it is given room for, so that the claims can be added up before. */
function unpack(zip: Uint8Array): Readonly<Record<string, Uint8Array>> {
  let files = 0;
  let bytes = 0;
  try {
    return unzipSync(zip, {
      filter({ name, originalSize }) {
        if (name.endsWith('/') || originalSize === 0) return false;
        files += 1;
        bytes += originalSize;
        if (files > mostFiles || originalSize > longestFile || bytes > longestUnpacked) {
          throw new AdminApiError('zip-too-large');
        }
        return true;
      },
    });
  } catch (cause) {
    if (cause instanceof AdminApiError) throw cause;
    throw new AdminApiError('zip-unreadable', undefined, { cause });
  }
}
