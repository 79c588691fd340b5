import 'reflect-metadata';
import { PemConverter } from '@peculiar/x509';
import { ownBuffer } from './bytes.js';
import { PkiError } from './errors.js';

/** What stands between BEGIN and END. */
export type PemLabel = 'CERTIFICATE' | 'PUBLIC KEY';

/** Longer texts are refused unread, in characters. */
export const longestPem = 1_048_576;

/** One PEM block with a line feed at its end (RFC 7468). */
export function toPem(label: PemLabel, der: Uint8Array): string {
  return `${PemConverter.encode(ownBuffer(der), label).trimEnd()}\n`;
}

/**
 * The DER of every block of this label, in order; blocks of other labels and text around them are passed over.
 *
 * @throws PkiError `pem-malformed` when there is none, or the text is longer than {@link longestPem}.
 */
export function fromPem(label: PemLabel, text: string): Uint8Array[] {
  if (text.length > longestPem) throw new PkiError('pem-malformed', 'The PEM text is too long.');
  let blocks: ReturnType<typeof PemConverter.decodeWithHeaders>;
  try {
    blocks = PemConverter.decodeWithHeaders(text);
  } catch (cause) {
    throw new PkiError('pem-malformed', undefined, { cause });
  }
  const found = blocks.filter((block) => block.type === label).map((block) => new Uint8Array(block.rawData));
  if (found.length === 0) throw new PkiError('pem-malformed', `The text holds no PEM block "${label}".`);
  return found;
}
