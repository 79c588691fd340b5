import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { StoreError } from '../errors.js';

/** Where a sealed value lies: it opens there and nowhere else. */
export interface SealedPlace {
  readonly table: string;
  /** What tells the row apart: its number or name. */
  readonly row: string | number;
  readonly column: string;
}

/** What a keyed hash is for; hashes of different purposes have different keys. */
export type HashPurpose = 'token' | 'authentication string' | 'session numbers';

const keyLength = 32;
const formatVersion = 1;
const keyIdLength = 8;
const nonceLength = 12;
const tagLength = 16;
const headerLength = 1 + keyIdLength;
/** PKCS#8 of an Ed25519 key up to its 32 secret bytes (RFC 8410, section 7). */
const ed25519Pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key that protects secrets at rest (`OPENCAPF_SECRET_KEY`). It never shows itself in text or JSON. */
export class SecretKey {
  readonly #bytes: Buffer;
  readonly #subkeys = new Map<string, Buffer>();
  readonly #random: (size: number) => Buffer;
  readonly #hashing: SecretKey | undefined;

  /** Tells keys apart and tells nothing about them: 16 hex digits. */
  readonly id: string;

  /**
   * @param bytes 32 bytes
   * @param hashing what keyed hashes are made with instead: see {@link withHashing}
   * @throws StoreError `secret-key-invalid`
   */
  constructor(bytes: Uint8Array, random: (size: number) => Buffer = randomBytes, hashing?: SecretKey) {
    if (bytes.length !== keyLength) throw new StoreError('secret-key-invalid');
    this.#bytes = Buffer.from(bytes);
    this.#random = random;
    this.#hashing = hashing;
    this.id = this.#subkey('key id').subarray(0, keyIdLength).toString('hex');
  }

  /**
   * Reads a key from 44 characters of base64; white space around it is left aside.
   *
   * @throws StoreError `secret-key-invalid`
   */
  static parse(text: string, random?: (size: number) => Buffer): SecretKey {
    const trimmed = text.trim();
    const bytes = Buffer.from(trimmed, 'base64');
    if (!/^[A-Za-z0-9+/]{43}=?$/.test(trimmed)) throw new StoreError('secret-key-invalid');
    return new SecretKey(bytes, random);
  }

  /**
   * Encrypts with AES-256-GCM.
   *
   * @returns version (1 byte), key id (8), nonce (12), ciphertext, tag (16)
   */
  seal(plaintext: Uint8Array, place: SealedPlace): Buffer {
    const header = Buffer.concat([Buffer.from([formatVersion]), Buffer.from(this.id, 'hex')]);
    const nonce = this.#random(nonceLength);
    const cipher = createCipheriv('aes-256-gcm', this.#subkey('seal'), nonce);
    cipher.setAAD(boundTo(header, place));
    return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  }

  /**
   * Decrypts what {@link seal} made for the same place.
   *
   * @throws StoreError `sealed-value-unreadable`
   */
  open(sealed: Uint8Array, place: SealedPlace): Buffer {
    const bytes = Buffer.from(sealed);
    const where = `${place.table}.${place.column}, row ${place.row}`;
    if (bytes.length < headerLength + nonceLength + tagLength || bytes[0] !== formatVersion) {
      throw new StoreError('sealed-value-unreadable', where);
    }
    try {
      const header = bytes.subarray(0, headerLength);
      const nonce = bytes.subarray(headerLength, headerLength + nonceLength);
      const decipher = createDecipheriv('aes-256-gcm', this.#subkey('seal'), nonce, { authTagLength: tagLength });
      decipher.setAAD(boundTo(header, place));
      decipher.setAuthTag(bytes.subarray(-tagLength));
      return Buffer.concat([decipher.update(bytes.subarray(headerLength + nonceLength, -tagLength)), decipher.final()]);
    } catch (cause) {
      throw new StoreError('sealed-value-unreadable', where, { cause });
    }
  }

  /**
   * This key with another one for keyed hashes. What was hashed cannot be hashed anew when the secret key is replaced, so
   * a key of the database's own, kept sealed, makes the hashes.
   *
   * @param bytes 32 bytes
   */
  withHashing(bytes: Uint8Array): SecretKey {
    return new SecretKey(this.#bytes, this.#random, new SecretKey(bytes, this.#random));
  }

  /** HMAC-SHA-256 of a text under a key of this purpose's own: 32 bytes, the same each time. */
  keyedHash(purpose: HashPurpose, text: string): Buffer {
    if (this.#hashing !== undefined) return this.#hashing.keyedHash(purpose, text);
    return createHmac('sha256', this.#subkey(`hash ${purpose}`))
      .update(text)
      .digest();
  }

  /** An Ed25519 key of this purpose's own, the same each time. */
  signingKey(purpose: 'audit'): KeyObject {
    const der = Buffer.concat([ed25519Pkcs8, this.#subkey(`signature ${purpose}`)]);
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  }

  /** Whether two texts are the same, in a time that tells nothing about where or in what length they differ. */
  sameText(purpose: HashPurpose, one: string, other: string): boolean {
    return timingSafeEqual(this.keyedHash(purpose, one), this.keyedHash(purpose, other));
  }

  toJSON(): string {
    return `SecretKey ${this.id}`;
  }

  #subkey(purpose: string): Buffer {
    const known = this.#subkeys.get(purpose);
    if (known !== undefined) return known;
    const derived = Buffer.from(hkdfSync('sha256', this.#bytes, '', `opencapf ${purpose}`, keyLength));
    this.#subkeys.set(purpose, derived);
    return derived;
  }
}

/** The id of the key that a sealed value was made with, for choosing among keys. */
export function sealedKeyId(sealed: Uint8Array): string {
  return Buffer.from(sealed).subarray(1, headerLength).toString('hex');
}

function boundTo(header: Buffer, { table, row, column }: SealedPlace): Buffer {
  const names = [table, String(row), column].map((name) => `${Buffer.byteLength(name)}:${name}`);
  return Buffer.concat([header, Buffer.from(names.join(','))]);
}
