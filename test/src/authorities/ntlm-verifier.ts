import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Who may log in, as a domain controller knows it. */
export interface NtlmUser {
  readonly username: string;
  readonly domain: string;
  /** MD4 over the password in UTF-16, hex. */
  readonly ntHash: string;
}

const unicode = (text: string): Buffer => Buffer.from(text, 'utf16le');

/**
 * The server's half of NTLMv2, written from [MS-NLMP] for tests and as strict as a hardened IIS: it wants a MIC, and the
 * channel bindings of the TLS connection ("Extended Protection: required"). One for each connection.
 */
export class NtlmVerifier {
  readonly #user: NtlmUser;
  /** What tls-server-end-point hashes: SHA-256 over the server's certificate. */
  readonly #endPoint: Buffer;
  #negotiate: Buffer | undefined;
  #challenge: Buffer | undefined;

  /** @param serverCertificate - DER; signed with SHA-256. */
  constructor(user: NtlmUser, serverCertificate: Uint8Array) {
    this.#user = user;
    this.#endPoint = createHash('sha256').update(serverCertificate).digest();
  }

  /** The challenge for a NEGOTIATE message. */
  challenge(negotiate: Buffer): Buffer {
    const info = Buffer.concat([
      pair(2, unicode(this.#user.domain)),
      pair(1, unicode('CA01')),
      pair(7, Buffer.from('0090d336b734c301', 'hex')),
      pair(0, Buffer.alloc(0)),
    ]);
    const target = unicode(this.#user.domain);
    const head = Buffer.alloc(56);
    head.write('NTLMSSP\0', 'latin1');
    head.writeUInt32LE(2, 8);
    field(head, 12, target.length, 56);
    head.writeUInt32LE(0xa2_8a_82_05, 20);
    randomBytes(8).copy(head, 24);
    field(head, 40, info.length, 56 + target.length);
    this.#negotiate = negotiate;
    this.#challenge = Buffer.concat([head, target, info]);
    return this.#challenge;
  }

  /** Whether an AUTHENTICATE message is the right answer; in words when not. */
  verify(message: Buffer): 'right' | string {
    if (this.#negotiate === undefined || this.#challenge === undefined) return 'no challenge was given';
    if (message.readUInt32LE(8) !== 3) return 'it is another message';
    const { username, domain, ntHash } = this.#user;
    if (payload(message, 28).toString('utf16le') !== domain) return 'another domain';
    if (payload(message, 36).toString('utf16le').toLowerCase() !== username.toLowerCase()) return 'another user';
    const response = payload(message, 20);
    const key = hmac(Buffer.from(ntHash, 'hex'), unicode(username.toUpperCase() + domain));
    const proof = hmac(key, this.#challenge.subarray(24, 32), response.subarray(16));
    if (response.length < 48 || !timingSafeEqual(proof, response.subarray(0, 16))) return 'a wrong password';
    const answered = pairs(response.subarray(44));
    if (((answered.get(6)?.readUInt32LE() ?? 0) & 2) === 0) return 'no MIC is announced';
    const unsealed = Buffer.from(message);
    unsealed.fill(0, 72, 88);
    const mic = hmac(hmac(key, proof), this.#negotiate, this.#challenge, unsealed);
    if (!timingSafeEqual(mic, message.subarray(72, 88))) return 'a wrong MIC';
    const data = Buffer.concat([Buffer.from('tls-server-end-point:'), this.#endPoint]);
    const bindings = createHash('md5')
      .update(Buffer.alloc(16))
      .update(Buffer.from([data.length, 0, 0, 0]))
      .update(data)
      .digest();
    if (!bindings.equals(answered.get(10) ?? Buffer.alloc(0))) return 'other channel bindings';
    return 'right';
  }
}

function pair(id: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([id, 0, value.length & 0xff, value.length >> 8]), value]);
}

function pairs(info: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; info.readUInt16LE(at) !== 0; at += 4 + info.readUInt16LE(at + 2)) {
    found.set(info.readUInt16LE(at), info.subarray(at + 4, at + 4 + info.readUInt16LE(at + 2)));
  }
  return found;
}

function field(head: Buffer, at: number, length: number, offset: number): void {
  head.writeUInt16LE(length, at);
  head.writeUInt16LE(length, at + 2);
  head.writeUInt32LE(offset, at + 4);
}

function payload(message: Buffer, at: number): Buffer {
  const offset = message.readUInt32LE(at + 4);
  return message.subarray(offset, offset + message.readUInt16LE(at));
}

function hmac(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const mac = createHmac('md5', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}
