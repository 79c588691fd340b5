import { createPrivateKey } from 'node:crypto';
import {
  type CertificateRecord,
  createSigner,
  encodeNameText,
  fromPem,
  importPkcs8,
  PkiError,
  type RandomBytes,
  readCertificate,
  type Signer,
  sha256SignatureAlgorithm,
} from '@opencapf/pki';
import { AuthorityError } from '../errors.js';
import { deriveMacKey, type MacParameters, macAlgorithm, macOf } from './password-mac.js';

/** How our messages are protected (RFC 4210, 5.1.3). */
export interface Protection {
  /** DER Name. */
  readonly sender: Uint8Array;
  readonly senderKeyId: Uint8Array | undefined;
  /** DER AlgorithmIdentifier. */
  readonly algorithm: Uint8Array;
  /** DER; sent along. */
  readonly certificates: readonly Uint8Array[];
  protect(protectedPart: Uint8Array): Promise<Uint8Array>;
}

/** A secret that the authority knows by its reference. */
export interface SharedSecret {
  readonly reference: string;
  readonly secret: string;
  readonly iterations: number;
}

/**
 * Protection by a MAC with a shared secret. The salt is made once, so that the key is derived once and not for each message.
 * The sender bears the reference as its common name, as RFC 9483, 3.1 has it.
 *
 * @throws PkiError `distinguished-name-malformed` for a reference of more than 64 characters.
 */
export function macProtection({ reference, secret, iterations }: SharedSecret, randomBytes: RandomBytes): Protection {
  const parameters: MacParameters = { salt: randomBytes(16), hash: 'sha256', iterations, mac: 'sha256' };
  let key: Promise<Uint8Array> | undefined;
  return {
    sender: encodeNameText(`CN=${escapeNameValue(reference)}`),
    senderKeyId: Buffer.from(reference),
    algorithm: macAlgorithm(parameters),
    certificates: [],
    async protect(protectedPart) {
      key ??= deriveMacKey(secret, parameters);
      return macOf(await key, parameters.mac, protectedPart);
    },
  };
}

function escapeNameValue(text: string): string {
  return text.replace(/[,+"\\<>;=# ]/g, (character) => `\\${character}`);
}

/**
 * Protection by the signature of a registration authority's key.
 *
 * @param chain - PEM: the certificate of the key, then those above it; they are sent along.
 * @param key - PEM.
 * @throws AuthorityError `authority-setting-invalid`
 */
export function signatureProtection(chain: string, key: string): Protection {
  const certificates = readSetting(chain, 'The certificate for signatures');
  const [own] = certificates;
  const signer = readKey(key);
  if (own === undefined || signer === undefined || Buffer.compare(own.spki, signer.spki) !== 0) {
    throw new AuthorityError(
      'authority-setting-invalid',
      'The key for signatures is unreadable or not that of the first certificate for signatures. Give the pair that belongs together.',
    );
  }
  return {
    sender: own.subjectDer,
    senderKeyId: own.subjectKeyId === undefined ? undefined : Buffer.from(own.subjectKeyId, 'hex'),
    algorithm: sha256SignatureAlgorithm(signer.type.kind),
    certificates: certificates.map(({ der }) => der),
    protect: (protectedPart) => signer.sign(protectedPart),
  };
}

function readKey(pem: string): Signer | undefined {
  try {
    return createSigner(importPkcs8(createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' })));
  } catch {
    // The cause may quote the key.
    return undefined;
  }
}

/**
 * The certificates in a PEM setting.
 *
 * @throws AuthorityError `authority-setting-invalid`
 */
export function readSetting(pem: string, name: string): readonly CertificateRecord[] {
  try {
    return fromPem('CERTIFICATE', pem).map((der) => readCertificate(der));
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    throw new AuthorityError('authority-setting-invalid', `${name} is not readable as PEM certificates.`, { cause });
  }
}
