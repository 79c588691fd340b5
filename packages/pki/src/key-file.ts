import { createPrivateKey, type KeyObject } from 'node:crypto';
import { derTag } from './der-writer.js';
import { PkiError, type PkiErrorCode } from './errors.js';
import { exportPkcs8 } from './keys.js';
import { fromPem, longestPem } from './pem.js';
import { readPkcs12 } from './pkcs12.js';

/** What a key file holds. */
export interface KeyFileContent {
  /** The one private key, DER PKCS#8, not encrypted. */
  readonly pkcs8: Uint8Array;
  /** Certificates that came with it, DER, in the file's order. */
  readonly certificates: readonly Uint8Array[];
}

const keyLabels = ['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'] as const;

/**
 * Reads a file with one private key: PEM or DER of PKCS#8, PKCS#1 or SEC1, encrypted ones too, or a PKCS#12 file.
 *
 * Takes as long as the file's iteration counts say: `importKeyFile` does it off the event loop.
 *
 * @throws PkiError `key-file-*`
 */
export function readKeyFile(file: Uint8Array, passphrase: string | undefined): KeyFileContent {
  if (file.length > longestPem) throw new PkiError('key-file-unreadable', 'The file is longer than 1 MiB.');
  return file[0] === derTag.sequence ? readBinary(file, passphrase) : readText(file, passphrase);
}

function readText(file: Uint8Array, passphrase: string | undefined): KeyFileContent {
  const text = Buffer.from(file).toString('latin1');
  const key = sole(pemKeys(text));
  const encrypted = key.includes('-----BEGIN ENCRYPTED ') || /^Proc-Type: 4,ENCRYPTED\r?$/m.test(key);
  const opened = open({ key, format: 'pem' }, encrypted, passphrase);
  const certificates = text.includes('-----BEGIN CERTIFICATE-----') ? fromPem('CERTIFICATE', text) : [];
  return { pkcs8: exportPkcs8(opened), certificates };
}

/** Line by line, since the old form has headers within the block. */
function pemKeys(text: string): readonly string[] {
  const found: string[] = [];
  let lines: string[] | undefined;
  for (const line of text.split(/\r?\n/).map((each) => each.trim())) {
    if (keyLabels.some((label) => line === `-----BEGIN ${label}-----`)) lines = [];
    lines?.push(line);
    if (lines !== undefined && line.startsWith('-----END ')) {
      found.push(`${lines.join('\n')}\n`);
      lines = undefined;
    }
  }
  return found;
}

function readBinary(file: Uint8Array, passphrase: string | undefined): KeyFileContent {
  if (isPkcs12(file)) {
    // An empty passphrase is one, and no passphrase at all is most often that.
    const { keys, certificates } = readPkcs12(file, passphrase ?? '');
    return { pkcs8: sole(keys), certificates };
  }
  const key = Buffer.from(file);
  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const) {
    try {
      return { pkcs8: exportPkcs8(createPrivateKey({ key, format: 'der', type })), certificates: [] };
    } catch {
      // It is of another form, or encrypted.
    }
  }
  return { pkcs8: exportPkcs8(open({ key, format: 'der', type: 'pkcs8' }, true, passphrase)), certificates: [] };
}

/** `SEQUENCE { INTEGER 3, SEQUENCE`: PKCS#8 has version 0 or 1, PKCS#1 0, SEC1 1 and then something else than a SEQUENCE. */
function isPkcs12(file: Uint8Array): boolean {
  const length = file[1] ?? 0;
  const at = length < 0x80 || length === 0x80 ? 2 : 2 + (length & 0x7f);
  return file[at] === derTag.integer && file[at + 1] === 1 && file[at + 2] === 3 && file[at + 3] === derTag.sequence;
}

type KeyInput = { key: string; format: 'pem' } | { key: Buffer; format: 'der'; type: 'pkcs8' };

function open(input: KeyInput, encrypted: boolean, passphrase: string | undefined): KeyObject {
  if (encrypted && passphrase === undefined) throw new PkiError('key-file-passphrase-missing');
  try {
    return createPrivateKey({ ...input, ...(encrypted ? { passphrase } : {}) });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw new PkiError(refusal(code, encrypted && input.format === 'pem'), undefined, { cause });
  }
}

/** @param sealed - it is certain that a passphrase is needed: a wrong one shows as wrong padding, or as something that is no key */
function refusal(code: string, sealed: boolean): PkiErrorCode {
  if (/DECRYPT/.test(code)) return 'key-file-passphrase-wrong';
  if (!sealed) return 'key-file-unreadable';
  // One wrong passphrase in 256 leaves what looks like padding, and before it something that no decoder knows.
  if (code === 'ERR_OSSL_UNSUPPORTED') return 'key-file-passphrase-wrong';
  return /UNSUPPORTED|UNKNOWN|NOT_FOUND/.test(code) ? 'key-file-unsupported' : 'key-file-passphrase-wrong';
}

function sole<Key>(keys: readonly Key[]): Key {
  const [key, ...others] = keys;
  if (key === undefined) throw new PkiError('key-file-without-key');
  if (others.length > 0) throw new PkiError('key-file-several-keys', `There are ${keys.length} private keys in it.`);
  return key;
}
