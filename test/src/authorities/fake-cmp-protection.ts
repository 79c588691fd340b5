import { createHash, createHmac, createPrivateKey, randomBytes, sign, verify, X509Certificate } from 'node:crypto';
import { Integer, Null, ObjectIdentifier } from 'asn1js';
import type { TlsIdentity } from './fake-ca.js';
import {
  type CmpQuestion,
  derOf,
  identifierOf,
  numberOf,
  octetString,
  octetsOf,
  parse,
  partsOf,
  sequence,
} from './fake-cmp-messages.js';

/** How a fake server protects, and whom it believes. */
export interface FakeProtection {
  readonly algorithm: Uint8Array;
  readonly senderKeyId: Uint8Array | undefined;
  readonly certificates: readonly Uint8Array[];
  protect(bytes: Uint8Array): Uint8Array;
  /** Whether a question is protected by who it should be. */
  believes(question: CmpQuestion): boolean;
}

const macIdentifier = '1.2.840.113533.7.66.13';
const hashes: Readonly<Record<string, string>> = { '2.16.840.1.101.3.4.2.1': 'sha256', '1.3.14.3.2.26': 'sha1' };
const macs: Readonly<Record<string, string>> = { '1.2.840.113549.2.9': 'sha256', '1.3.6.1.5.5.8.1.2': 'sha1' };

/** A shared secret (RFC 4211, 4.4). Answers are by SHA-1 as much as is allowed, as old servers have it. */
export function macOfSecret(reference: string, secret: string): FakeProtection {
  const salt = randomBytes(16);
  const algorithm = sequence(
    new ObjectIdentifier({ value: macIdentifier }),
    sequence(
      octetString(salt),
      sequence(new ObjectIdentifier({ value: '1.3.14.3.2.26' }), new Null()),
      new Integer({ value: 1000 }),
      sequence(new ObjectIdentifier({ value: '1.3.6.1.5.5.8.1.2' }), new Null()),
    ),
  );
  const ownKey = keyOf(secret, salt, 'sha1', 1000);
  // A client keeps its salt, and hashing 10,000 times for each message would be all that a test does.
  const keys = new Map<string, Uint8Array>();
  return {
    algorithm: Buffer.from(algorithm.toBER()),
    senderKeyId: Buffer.from(reference),
    certificates: [],
    protect: (bytes) => createHmac('sha1', ownKey).update(bytes).digest(),
    believes({ protectionAlgorithm, senderKeyId, protectedPart, protection }) {
      const [type, parameters] = partsOf(parse(protectionAlgorithm));
      if (identifierOf(type) !== macIdentifier) return false;
      const [itsSalt, hash, iterations, mac] = partsOf(parameters);
      const hashName = hashes[identifierOf(partsOf(hash)[0])];
      const macName = macs[identifierOf(partsOf(mac)[0])];
      if (hashName === undefined || macName === undefined) return false;
      const known = Buffer.from(protectionAlgorithm).toString('hex');
      const key = keys.get(known) ?? keyOf(secret, octetsOf(itsSalt), hashName, numberOf(iterations));
      keys.set(known, key);
      const right = createHmac(macName, key).update(protectedPart).digest();
      return right.equals(protection) && Buffer.from(senderKeyId ?? []).equals(Buffer.from(reference));
    },
  };
}

function keyOf(secret: string, salt: Uint8Array, hash: string, iterations: number): Uint8Array {
  let key: Uint8Array = Buffer.concat([Buffer.from(secret), salt]);
  for (let count = 0; count < iterations; count++) key = createHash(hash).update(key).digest();
  return key;
}

const ecdsaWithSha256 = '1.2.840.10045.4.3.2';

/**
 * Signatures with ECDSA on both sides.
 *
 * @param own - Signs the answers.
 * @param clientCa - Who vouches for registration authorities, PEM.
 */
export function signatureBy(own: TlsIdentity, clientCa: string): FakeProtection {
  const certificate = new X509Certificate(own.cert);
  const key = createPrivateKey(own.key);
  return {
    algorithm: Buffer.from(sequence(new ObjectIdentifier({ value: ecdsaWithSha256 })).toBER()),
    senderKeyId: undefined,
    certificates: [certificate.raw],
    protect: (bytes) => sign('sha256', bytes, key),
    believes({ protectionAlgorithm, sender, protectedPart, protection, extraCertificates: [first] }) {
      if (first === undefined || identifierOf(partsOf(parse(protectionAlgorithm))[0]) !== ecdsaWithSha256) return false;
      const signer = new X509Certificate(first);
      const vouched = signer.verify(new X509Certificate(clientCa).publicKey);
      const named = Buffer.from(subjectOf(first)).equals(sender);
      return vouched && named && verify('sha256', protectedPart, signer.publicKey, protection);
    },
  };
}

/** DER Name of a certificate's subject. */
export function subjectOf(certificate: Uint8Array): Uint8Array {
  const subject = partsOf(partsOf(parse(certificate))[0])[5];
  if (subject === undefined) throw new Error('The certificate has no subject.');
  return derOf(subject);
}
