import { ownBuffer } from './bytes.js';
import { PkiError } from './errors.js';
import { x509 } from './late-libraries.js';

/** What stands between BEGIN and END. */
export type PemLabel = 'CERTIFICATE' | 'X509 CERTIFICATE' | 'PKCS7' | 'CMS' | 'PUBLIC KEY' | 'CERTIFICATE REQUEST';

/** Longer texts are refused unread, in characters. */
export const longestPem = 1_048_576;

/** One PEM block with a line feed at its end (RFC 7468). */
export function toPem(label: PemLabel, der: Uint8Array): string {
  return `${x509().PemConverter.encode(ownBuffer(der), label).trimEnd()}\n`;
}

/**
 * The DER of every block of this label, in order; blocks of other labels and text around them are passed over. Read line
 * by line, in time that grows with the length alone, which the patterns of @peculiar/x509 do not grant.
 *
 * @throws PkiError `pem-malformed` when there is none, one is broken, or the text is longer than {@link longestPem}.
 */
export function fromPem(label: PemLabel, text: string): Uint8Array[] {
  if (text.length > longestPem) throw new PkiError('pem-malformed', 'The PEM text is too long.');
  const found: Uint8Array[] = [];
  let lines: string[] | undefined;
  for (const line of text.split(/\r?\n/).map((each) => each.trim())) {
    if (line === `-----BEGIN ${label}-----`) {
      if (lines !== undefined) throw new PkiError('pem-malformed', 'A PEM block begins within another.');
      lines = [];
    } else if (lines !== undefined && line === `-----END ${label}-----`) {
      found.push(decodeBase64(lines.join('')));
      lines = undefined;
    } else {
      lines?.push(line);
    }
  }
  if (lines !== undefined) throw new PkiError('pem-malformed', 'A PEM block has no end.');
  if (found.length === 0) throw new PkiError('pem-malformed', `The text holds no PEM block "${label}".`);
  return found;
}

function decodeBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== text) {
    throw new PkiError('pem-malformed', 'A PEM block holds something else than base64.');
  }
  return new Uint8Array(bytes);
}
