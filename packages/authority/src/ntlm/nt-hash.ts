import { createHmac } from 'node:crypto';
import { md4 } from './md4.js';

/** What NTLM makes of a password: all that it needs to know of it, and as secret. 16 bytes. */
export type NtHash = Uint8Array;

/** NTOWFv1 ([MS-NLMP] 3.3.1): MD4 over the password in UTF-16, little-endian. */
export function ntHash(password: string): NtHash {
  const encoded = Buffer.from(password, 'utf16le');
  const hash = md4(encoded);
  encoded.fill(0);
  return hash;
}

/** Who logs in. */
export interface NtlmAccount {
  readonly username: string;
  /** As the server knows it, in the letters that it is written in; empty for a local account or a `user@domain` name. */
  readonly domain: string;
  readonly ntHash: NtHash;
}

/** NTOWFv2 ([MS-NLMP] 3.3.2): the key that responses are made with. 16 bytes. */
export function responseKey({ username, domain, ntHash }: NtlmAccount): Buffer {
  return createHmac('md5', ntHash)
    .update(Buffer.from(upperCase(username) + domain, 'utf16le'))
    .digest();
}

/** As Windows does it, letter by letter: none becomes two. */
function upperCase(text: string): string {
  return Array.from(text, (letter) => {
    const upper = letter.toUpperCase();
    return upper.length === letter.length ? upper : letter;
  }).join('');
}
