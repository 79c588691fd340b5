import { derSequence } from './der-writer.js';
import { describeName, encodeDeviceName, inheritedNames } from './distinguished-name.js';
import { extension, type IssuerUrls } from './extensions.js';
import { keyIdentifier } from './hashes.js';
import type { Issuer } from './issuer.js';
import { oid } from './object-identifiers.js';
import { type KeyType, readPublicKey } from './public-key.js';
import { largestSignature } from './signer.js';
import { assembleCertificate, encodeTbsCertificate, sha256SignatureAlgorithm } from './tbs-certificate.js';
import type { Validity } from './validity.js';

/**
 * Key usage of LSCs with EC keys: `standard` is digitalSignature and keyAgreement (RFC 5480, 3); `cisco` adds
 * keyEncipherment, as open daemons in use with phones write it (capf-wire-protocol.md, section 7, last paragraph).
 */
export type EcKeyUsage = 'standard' | 'cisco';

/** How an issuer's LSCs look, apart from what is each phone's own. */
export interface LscProfileSettings {
  readonly ecKeyUsage?: EcKeyUsage | undefined;
  readonly urls?: IssuerUrls | undefined;
}

/** What is each phone's own. */
export interface LscFields extends Validity {
  readonly deviceName: string;
  /** DER SubjectPublicKeyInfo that passed `checkPublicKey`. */
  readonly spki: Uint8Array;
  /** Big-endian. */
  readonly serial: Uint8Array;
}

/** LSCs of one issuer: everything they share, encoded once. */
export interface LscProfile {
  readonly issuer: Issuer;
  /**
   * The to-be-signed bytes of one LSC, DER.
   *
   * @throws PkiError `device-name-malformed`, `public-key-*`, `time-unrepresentable`
   */
  encodeTbs(fields: LscFields): Uint8Array;
  /** The subject of this device's LSC as text (RFC 4514), as reading the certificate would give it. */
  subject(deviceName: string): string;
  /** The certificate, DER, of to-be-signed bytes and the issuer's signature over them. */
  assemble(tbs: Uint8Array, signature: Uint8Array): Uint8Array;
  /** The most bytes that the certificate over such to-be-signed bytes can have. */
  largestSize(tbs: Uint8Array): number;
}

/**
 * The longest certificate that keeps STORE_CERTIFICATE_REQUEST under 4,096 bytes, in bytes: a header of 8, CERTIFICATE_TYPE
 * of 4 and 8 around the certificate (capf-wire-protocol.md, sections 1, 3, 5 and 8).
 */
export const longestStorableCertificate = 4095 - 8 - 4 - 8;

/** Dotted object identifiers of what an LSC is for: TLS server, TLS client, IPsec end system. */
export const lscPurposes: readonly string[] = [oid.serverAuth, oid.clientAuth, oid.ipsecEndSystem];

/**
 * Compiles the profile of an issuer's LSCs: subject CN = device name with O, OU, L, ST, C of the issuer; SHA-256; critical
 * CA:FALSE; critical key usage by kind of key; extendedKeyUsage; both key identifiers; no subjectAltName; URLs if given.
 *
 * @throws PkiError `url-malformed`
 */
export function compileLscProfile(issuer: Issuer, settings: LscProfileSettings = {}): LscProfile {
  const signatureAlgorithm = sha256SignatureAlgorithm(issuer.signer.type.kind);
  const subjectTail = inheritedNames(issuer.certificate.subjectDer);
  const subjectTailText = [describeName(derSequence(subjectTail)).text].filter((text) => text !== '');
  const shared = {
    rsa: sharedExtensions(issuer, 'rsa', settings),
    ec: sharedExtensions(issuer, 'ec', settings),
  } as const satisfies Record<KeyType['kind'], Uint8Array>;

  return {
    issuer,
    encodeTbs: ({ deviceName, spki, serial, notBefore, notAfter }) => {
      const key = readPublicKey(spki);
      return encodeTbsCertificate({
        serial,
        signatureAlgorithm,
        issuer: issuer.certificate.subjectDer,
        notBefore,
        notAfter,
        subject: derSequence(encodeDeviceName(deviceName), subjectTail),
        spki,
        extensions: [shared[key.kind], extension.subjectKeyIdentifier(keyIdentifier(key.subjectPublicKey))],
      });
    },
    subject: (deviceName) => [`CN=${deviceName}`, ...subjectTailText].join(', '),
    assemble: (tbs, signature) => assembleCertificate(tbs, signatureAlgorithm, signature),
    largestSize: (tbs) =>
      assembleCertificate(tbs, signatureAlgorithm, new Uint8Array(largestSignature(issuer.signer.type))).length,
  };
}

function sharedExtensions(issuer: Issuer, kind: KeyType['kind'], settings: LscProfileSettings): Uint8Array {
  return Buffer.concat([
    extension.endEntity(),
    lscKeyUsage(kind, settings.ecKeyUsage ?? 'standard'),
    extension.extendedKeyUsage(...lscPurposes),
    extension.authorityKeyIdentifier(issuer.keyId),
    ...extension.issuerUrls(settings.urls ?? {}),
  ]);
}

function lscKeyUsage(kind: KeyType['kind'], ecKeyUsage: EcKeyUsage): Uint8Array {
  if (kind === 'rsa') return extension.keyUsage('digitalSignature', 'keyEncipherment');
  return ecKeyUsage === 'standard'
    ? extension.keyUsage('digitalSignature', 'keyAgreement')
    : extension.keyUsage('digitalSignature', 'keyEncipherment', 'keyAgreement');
}

/** Every key usage extension, DER, that an LSC with such a key may bear, whatever the setting. */
export function lscKeyUsages(kind: KeyType['kind']): readonly Uint8Array[] {
  return kind === 'rsa'
    ? [lscKeyUsage('rsa', 'standard')]
    : [lscKeyUsage('ec', 'standard'), lscKeyUsage('ec', 'cisco')];
}
