import { isIP } from 'node:net';
import { toHex } from './bytes.js';
import { derOctetString, derSequence } from './der-writer.js';
import { PkiError } from './errors.js';
import { x509 } from './late-libraries.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';

/** The names of key usages that this product writes (RFC 5280, 4.2.1.3). */
export type KeyUsage = 'digitalSignature' | 'keyEncipherment' | 'keyAgreement' | 'keyCertSign' | 'cRLSign';

/** Where the revocation state and the certificate of an issuer are found. Absolute URLs; none by default. */
export interface IssuerUrls {
  readonly crl?: readonly string[] | undefined;
  readonly ocsp?: readonly string[] | undefined;
  readonly caIssuers?: readonly string[] | undefined;
}

/** Each of these gives one Extension, DER. */
export const extension = {
  /** Critical; CA:FALSE. */
  endEntity: (): Uint8Array => new Uint8Array(new (x509().BasicConstraintsExtension)(false, undefined, true).rawData),

  /** Critical; CA:TRUE, pathlen:0. */
  issuerOfEndEntities: (): Uint8Array => new Uint8Array(new (x509().BasicConstraintsExtension)(true, 0, true).rawData),

  /** Critical. */
  keyUsage: (...usages: readonly KeyUsage[]): Uint8Array => {
    const flags = usages.reduce((all, usage) => all | x509().KeyUsageFlags[usage], 0);
    return new Uint8Array(new (x509().KeyUsagesExtension)(flags, true).rawData);
  },

  /** @param purposes - Dotted object identifiers. */
  extendedKeyUsage: (...purposes: readonly string[]): Uint8Array =>
    new Uint8Array(new (x509().ExtendedKeyUsageExtension)([...purposes]).rawData),

  authorityKeyIdentifier: (keyId: Uint8Array): Uint8Array =>
    new Uint8Array(new (x509().AuthorityKeyIdentifierExtension)(toHex(keyId)).rawData),

  /** Written by hand, since it is the one extension that is new for each phone. */
  subjectKeyIdentifier: (keyId: Uint8Array): Uint8Array =>
    derSequence(subjectKeyIdentifierType, derOctetString(derOctetString(keyId))),

  /** @throws PkiError `server-name-malformed` */
  subjectAltName: (dnsNames: readonly string[], ipAddresses: readonly string[]): Uint8Array => {
    const names = [
      ...dnsNames.map((value) => ({ type: 'dns' as const, value: requireDnsName(value) })),
      ...ipAddresses.map((value) => ({ type: 'ip' as const, value: requireIpAddress(value) })),
    ];
    return new Uint8Array(new (x509().SubjectAlternativeNameExtension)(names).rawData);
  },

  /**
   * CRL distribution points and authority information access, as far as there are URLs.
   *
   * @throws PkiError `url-malformed`
   */
  issuerUrls: ({ crl = [], ocsp = [], caIssuers = [] }: IssuerUrls): Uint8Array[] => {
    for (const url of [...crl, ...ocsp, ...caIssuers]) requireUrl(url);
    const made: Uint8Array[] = [];
    if (crl.length > 0) made.push(new Uint8Array(new (x509().CRLDistributionPointsExtension)([...crl]).rawData));
    if (ocsp.length + caIssuers.length > 0) {
      const access = new (x509().AuthorityInfoAccessExtension)({ ocsp: [...ocsp], caIssuers: [...caIssuers] });
      made.push(new Uint8Array(access.rawData));
    }
    return made;
  },
} as const;

const subjectKeyIdentifierType = derObjectIdentifier(oid.subjectKeyIdentifier);

function requireDnsName(name: string): string {
  const label = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
  if (name.length > 253 || !new RegExp(`^(\\*\\.)?${label}(\\.${label})*$`).test(name)) {
    throw new PkiError('server-name-malformed', `"${name}" is not a DNS name.`);
  }
  return name;
}

function requireIpAddress(address: string): string {
  if (isIP(address) === 0 || address.includes('%')) {
    throw new PkiError('server-name-malformed', `"${address}" is not an IP address.`);
  }
  return address;
}

function requireUrl(url: string): void {
  if (!URL.canParse(url) || !/^(https?|ldaps?):\/\/[\x21-\x7e]+$/i.test(url)) {
    throw new PkiError('url-malformed', `"${url}" is not an absolute http, https or ldap URL in ASCII.`);
  }
}
