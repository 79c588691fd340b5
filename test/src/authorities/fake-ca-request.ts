import { createHash, createPublicKey, verify } from 'node:crypto';
import { Set as Asn1Set, BitString, fromBER, ObjectIdentifier, OctetString, Sequence } from 'asn1js';

/** What a PKCS#10 asks for. */
export interface RequestFacts {
  /** Common name of the subject. */
  readonly name: string;
  /** DER SubjectPublicKeyInfo, as it stood in the request. */
  readonly spki: Uint8Array;
  /** Whether the key's owner signed it, or nobody (RFC 5272, C.1). */
  readonly signed: boolean;
}

const commonName = '2.5.4.3';
const noSignature = '1.3.6.1.5.5.7.6.2';
const hashes: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};

/**
 * Reads a PKCS#10 as a strict authority does: the whole of it is DER of RFC 2986, the signature is verified, and one without a
 * signature must carry the right digest. Throws in words when it is not so.
 */
export function readRequest(der: Uint8Array): RequestFacts {
  const { result, offset } = fromBER(der);
  if (offset !== der.length || !(result instanceof Sequence)) throw new Error('It is no PKCS#10.');
  const [info, algorithm, signature, ...more] = result.valueBlock.value;
  if (
    !(info instanceof Sequence) ||
    !(algorithm instanceof Sequence) ||
    !(signature instanceof BitString) ||
    more.length > 0 ||
    signature.valueBlock.unusedBits !== 0
  ) {
    throw new Error('It is no PKCS#10.');
  }
  const [, subject, spki] = info.valueBlock.value;
  if (!(subject instanceof Sequence) || !(spki instanceof Sequence)) throw new Error('It is no PKCS#10.');
  const facts = { name: nameOf(subject), spki: Buffer.from(spki.valueBeforeDecodeView) };
  const signedBytes = Buffer.from(info.valueBeforeDecodeView);
  const value = Buffer.from(signature.valueBlock.valueHexView);
  const identifier = identifierOf(algorithm);
  if (identifier === noSignature) {
    const digest = createHash('sha1').update(signedBytes).digest();
    const { result: held } = fromBER(value);
    if (!(held instanceof OctetString) || !digest.equals(Buffer.from(held.valueBlock.valueHexView))) {
      throw new Error('The digest of RFC 5272, C.1 is wrong.');
    }
    return { ...facts, signed: false };
  }
  const hash = hashes[identifier];
  if (hash === undefined) throw new Error(`The signature algorithm ${identifier} is unknown.`);
  const key = createPublicKey({ key: facts.spki, format: 'der', type: 'spki' });
  if (!verify(hash, signedBytes, key, value)) throw new Error('The signature is wrong.');
  return { ...facts, signed: true };
}

function identifierOf(algorithm: Sequence): string {
  const [identifier] = algorithm.valueBlock.value;
  if (!(identifier instanceof ObjectIdentifier)) throw new Error('The signature algorithm cannot be read.');
  return identifier.valueBlock.toString();
}

function nameOf(subject: Sequence): string {
  for (const set of subject.valueBlock.value) {
    if (!(set instanceof Asn1Set)) continue;
    for (const attribute of set.valueBlock.value) {
      if (!(attribute instanceof Sequence)) continue;
      const [type, value] = attribute.valueBlock.value;
      if (type instanceof ObjectIdentifier && type.valueBlock.toString() === commonName && value !== undefined) {
        return Buffer.from(value.valueBeforeDecodeView.subarray(2)).toString('utf8');
      }
    }
  }
  throw new Error('The subject has no common name.');
}
