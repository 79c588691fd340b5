import forge from 'node-forge';
import { PkiError } from './errors.js';

/** What stands in a PKCS#12 file, each in its order. */
export interface Pkcs12Content {
  /** DER PKCS#8, not encrypted. */
  readonly keys: readonly Uint8Array[];
  /** DER. */
  readonly certificates: readonly Uint8Array[];
}

/**
 * Reads a PKCS#12 file (RFC 7292): of today (PBES2 with AES), and the old ones with RC2-40 and 3DES that OpenSSL 3 refuses. Keys
 * and certificates of kinds that node-forge does not know, such as EC, are handed on as they stand.
 *
 * Works in JavaScript, for as long as the iteration counts in the file say: not for the event loop.
 *
 * @throws PkiError `key-file-unreadable`, `key-file-passphrase-wrong`, `key-file-unsupported`
 */
export function readPkcs12(der: Uint8Array, passphrase: string): Pkcs12Content {
  const file = parse(der);
  try {
    const bags = bagsOf(file, passphrase);
    return { keys: bags.flatMap(keyOf), certificates: bags.flatMap(certificateOf) };
  } catch (cause) {
    throw translated(cause);
  }
}

/**
 * The older way of RFC 7292 (appendix B) stirs a passphrase as UTF-16, PBES2 as UTF-8, and node-forge gives both the same
 * characters. Where the checksum of the file is right and its content does not open, the passphrase is right too.
 */
function bagsOf(file: forge.asn1.Asn1, passphrase: string): readonly Bag[] {
  const read = (from: forge.asn1.Asn1, words: string) =>
    forge.pkcs12.pkcs12FromAsn1(from, true, words).safeContents.flatMap(({ safeBags }) => safeBags);
  try {
    return read(file, passphrase);
  } catch (fault) {
    const opensNot = fault instanceof Error && /^Failed to decrypt/.test(fault.message);
    const utf8 = Buffer.from(passphrase).toString('latin1');
    if (!opensNot || utf8 === passphrase || typeof file.value === 'string') throw fault;
    return read({ ...file, value: file.value.slice(0, 2) }, utf8);
  }
}

function parse(der: Uint8Array): forge.asn1.Asn1 {
  try {
    return forge.asn1.fromDer(forge.util.createBuffer(Buffer.from(der).toString('binary')));
  } catch (cause) {
    throw new PkiError('key-file-unreadable', undefined, { cause });
  }
}

type Bag = forge.pkcs12.Bag;

function keyOf(bag: Bag): readonly Uint8Array[] {
  if (bag.type !== forge.pki.oids['keyBag'] && bag.type !== forge.pki.oids['pkcs8ShroudedKeyBag']) return [];
  if (bag.key) return [toDer(forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key)))];
  return [toDer(bag.asn1)];
}

function certificateOf(bag: Bag): readonly Uint8Array[] {
  if (bag.type !== forge.pki.oids['certBag']) return [];
  return [toDer(bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.asn1)];
}

function toDer(asn1: forge.asn1.Asn1): Uint8Array {
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary');
}

/** node-forge says in words alone what is wrong. */
function translated(cause: unknown): PkiError {
  const words = cause instanceof Error ? cause.message : '';
  if (/invalid password|could not be verified|failed to decrypt|Invalid padding/i.test(words)) {
    return new PkiError('key-file-passphrase-wrong', undefined, { cause });
  }
  if (/unsupported|not supported|encryption algorithm/i.test(words)) {
    return new PkiError('key-file-unsupported', undefined, { cause });
  }
  return new PkiError('key-file-unreadable', undefined, { cause });
}
