import { randomBytes as systemRandomBytes } from 'node:crypto';
import type { RandomBytes } from './bytes.js';
import { encodeDistinguishedName } from './distinguished-name.js';
import { PkiError } from './errors.js';
import { extension } from './extensions.js';
import { keyIdentifier } from './hashes.js';
import type { Issuer } from './issuer.js';
import { oid } from './object-identifiers.js';
import { readPublicKey } from './public-key.js';
import { randomSerial } from './serial-number.js';
import { assembleCertificate, encodeTbsCertificate, sha256SignatureAlgorithm } from './tbs-certificate.js';
import { validityWithin } from './validity.js';

/** What a TLS server of our own, such as the admin listener, is to be called. */
export interface ServerCertificateRequest {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  /** IPv4 or IPv6. */
  readonly ipAddresses: readonly string[];
  /** DER SubjectPublicKeyInfo, RSA or EC. */
  readonly spki: Uint8Array;
  /** Whole days from now; cut short at the issuer's end. */
  readonly validityDays: number;
  readonly now?: Date;
  readonly randomBytes?: RandomBytes;
}

/**
 * Issues a certificate for a TLS server, DER: serverAuth, the given names, digitalSignature (and keyEncipherment for an
 * RSA key), not a CA, backdated by five minutes.
 *
 * @throws PkiError `server-name-malformed` (also without any name), `distinguished-name-malformed`, `public-key-*`,
 * `validity-out-of-range`, `issuer-expired`, `issuer-not-yet-valid`, `signing-failed`
 */
export async function createServerCertificate(issuer: Issuer, request: ServerCertificateRequest): Promise<Uint8Array> {
  const { dnsNames, ipAddresses, spki, now = new Date(), randomBytes = systemRandomBytes } = request;
  if (dnsNames.length + ipAddresses.length === 0) {
    throw new PkiError('server-name-malformed', 'A server certificate needs at least one DNS name or IP address.');
  }
  const key = readPublicKey(spki);
  const signatureAlgorithm = sha256SignatureAlgorithm(issuer.signer.type.kind);
  const tbs = encodeTbsCertificate({
    ...validityWithin(issuer.certificate, now, request.validityDays),
    serial: randomSerial(randomBytes),
    signatureAlgorithm,
    issuer: issuer.certificate.subjectDer,
    subject: encodeDistinguishedName(request.commonName),
    spki,
    extensions: [
      extension.endEntity(),
      key.kind === 'rsa'
        ? extension.keyUsage('digitalSignature', 'keyEncipherment')
        : extension.keyUsage('digitalSignature'),
      extension.extendedKeyUsage(oid.serverAuth),
      extension.subjectAltName(dnsNames, ipAddresses),
      extension.subjectKeyIdentifier(keyIdentifier(key.subjectPublicKey)),
      extension.authorityKeyIdentifier(issuer.keyId),
    ],
  });
  return assembleCertificate(tbs, signatureAlgorithm, await issuer.signer.sign(tbs));
}
