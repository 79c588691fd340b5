import { createHash } from 'node:crypto';
import { readSoleElement } from '../der-reader.js';
import { derElement, derOctetString, derSequence, derTag, derUnsignedInteger } from '../der-writer.js';
import { PkiError } from '../errors.js';
import { derObjectIdentifier, oid } from '../object-identifiers.js';
import { readPublicKey } from '../public-key.js';
import { type Attribute, type Cryptoki, ck, returnValue } from './cryptoki.js';
import type { TokenKeyLocation } from './token-location.js';

const longestSignature = 1024;

/** A session with a token, logged in, and the one key in it. Its calls block: it lives in a thread of its own. */
export class TokenSession {
  readonly #module: Cryptoki;
  readonly #session: Buffer;
  readonly #key: Buffer;
  readonly #kind: 'rsa' | 'ec';
  readonly #hashes: boolean;
  /** DER SubjectPublicKeyInfo as the token says it; undefined where it holds no public key. */
  readonly spki: Uint8Array | undefined;

  private constructor(module: Cryptoki, session: Buffer, slot: Buffer, location: TokenKeyLocation) {
    this.#module = module;
    this.#session = session;
    const named = attributes(location);
    const [key, ...others] = this.#find(ck.privateKey, named);
    if (key === undefined || others.length > 0) {
      throw new PkiError(
        'hsm-token-key-missing',
        key && 'Several private keys of the token have this label or id. Say both.',
      );
    }
    this.#key = key;
    this.#kind = this.#read(key, ck.keyType)?.[0] === 0 ? 'rsa' : 'ec';
    this.#hashes = module.C_GetMechanismList(slot).includes(ck.sha256RsaPkcs);
    this.spki = this.#publicKey(this.#find(ck.publicKey, named)[0]);
  }

  /** @throws PkiError `token-*` */
  static open(module: Cryptoki, location: TokenKeyLocation, pin: string): TokenSession {
    return told(() => {
      const slot = findSlot(module, location);
      const session = module.C_OpenSession(slot, ck.serialSession);
      try {
        logIn(module, session, pin);
        return new TokenSession(module, session, slot, location);
      } catch (fault) {
        module.C_CloseSession(session);
        throw fault;
      }
    });
  }

  /** As `Signer.sign`. @throws PkiError `hsm-token-fault` */
  sign(data: Uint8Array): Uint8Array {
    return told(() => {
      if (this.#kind === 'ec') return ecdsaValue(this.#call(ck.ecdsa, sha256(data)));
      return this.#hashes ? this.#call(ck.sha256RsaPkcs, data) : this.#call(ck.rsaPkcs, digestInfo(data));
    });
  }

  close(): void {
    try {
      this.#module.C_CloseSession(this.#session);
    } catch {
      // It is gone already: that is often why it is closed.
    }
  }

  #call(mechanism: number, input: Uint8Array): Buffer {
    this.#module.C_SignInit(this.#session, { mechanism }, this.#key);
    return this.#module.C_Sign(this.#session, Buffer.from(input), Buffer.alloc(longestSignature));
  }

  #find(kind: number, named: readonly Attribute[]): readonly Buffer[] {
    this.#module.C_FindObjectsInit(this.#session, [{ type: ck.class, value: kind }, ...named]);
    try {
      return this.#module.C_FindObjects(this.#session, 2);
    } finally {
      this.#module.C_FindObjectsFinal(this.#session);
    }
  }

  #read(object: Buffer, type: number): Buffer | undefined {
    return this.#module.C_GetAttributeValue(this.#session, object, [{ type }])[0]?.value;
  }

  #publicKey(object: Buffer | undefined): Uint8Array | undefined {
    if (object === undefined) return undefined;
    if (this.#kind === 'rsa') {
      const numbers = [ck.modulus, ck.publicExponent].map((type) => this.#read(object, type) ?? Buffer.alloc(0));
      const algorithm = derSequence(derObjectIdentifier(oid.rsaEncryption), derElement(derTag.null));
      return subjectPublicKeyInfo(algorithm, derSequence(...numbers.map(derUnsignedInteger)));
    }
    const curve = this.#read(object, ck.ecParams);
    const point = this.#read(object, ck.ecPoint);
    if (curve === undefined || point === undefined) return undefined;
    const algorithm = derSequence(derObjectIdentifier(oid.ecPublicKey), curve);
    return subjectPublicKeyInfo(algorithm, readSoleElement(point, derTag.octetString).content);
  }
}

function findSlot(module: Cryptoki, { tokenLabel, slot }: TokenKeyLocation): Buffer {
  const found = module
    .C_GetSlotList(true)
    .find((each) =>
      slot === undefined
        ? module.C_GetTokenInfo(each).label.trimEnd() === tokenLabel
        : Number(each.readBigUInt64LE()) === slot,
    );
  if (found === undefined) throw new PkiError('hsm-token-missing');
  return found;
}

function logIn(module: Cryptoki, session: Buffer, pin: string): void {
  try {
    module.C_Login(session, ck.user, pin);
  } catch (cause) {
    const code = returnValue(cause);
    // Whoever logs in does so for all sessions of the process with this token.
    if (code === ck.alreadyLoggedIn) return;
    const refused: readonly (number | undefined)[] = [
      ck.pinIncorrect,
      ck.pinInvalid,
      ck.pinLengthRange,
      ck.pinExpired,
      ck.pinLocked,
    ];
    throw refused.includes(code) ? new PkiError('hsm-token-pin-refused', undefined, { cause }) : cause;
  }
}

function attributes({ keyLabel, keyId }: TokenKeyLocation): readonly Attribute[] {
  return [
    ...(keyLabel === undefined ? [] : [{ type: ck.label, value: keyLabel }]),
    ...(keyId === undefined ? [] : [{ type: ck.id, value: Buffer.from(keyId, 'hex') }]),
  ];
}

function told<T>(call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof PkiError) throw cause;
    throw new PkiError('hsm-token-fault', `The token refuses a call: ${(cause as Error).message}.`, { cause });
  }
}

function sha256(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

/** RFC 8017, 9.2: what the padding is put around, for tokens that do not hash. */
function digestInfo(data: Uint8Array): Uint8Array {
  const algorithm = derSequence(derObjectIdentifier('2.16.840.1.101.3.4.2.1'), derElement(derTag.null));
  return derSequence(algorithm, derOctetString(sha256(data)));
}

/** PKCS#11 2.40, 2.3.1: r and s beside each other, of the same length. */
function ecdsaValue(both: Uint8Array): Uint8Array {
  const half = both.length / 2;
  return derSequence(derUnsignedInteger(both.subarray(0, half)), derUnsignedInteger(both.subarray(half)));
}

function subjectPublicKeyInfo(algorithm: Uint8Array, key: Uint8Array): Uint8Array {
  const spki = derSequence(algorithm, derElement(derTag.bitString, Uint8Array.of(0), key));
  readPublicKey(spki);
  return spki;
}
