import { isIP } from 'node:net';
import { derElement, derOctetString, derSequence, derTag, derUnsignedInteger } from './der-writer.js';
import { PkiError } from './errors.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';

/** The key usages that this product writes, each with its bit, counted from the highest (RFC 5280, 4.2.1.3). */
const keyUsageBits = {
  digitalSignature: 0,
  keyEncipherment: 2,
  keyAgreement: 4,
  keyCertSign: 5,
  cRLSign: 6,
} as const;

/** Name of a key usage. */
export type KeyUsage = keyof typeof keyUsageBits;

/** Where the revocation state and the certificate of an issuer are found. Absolute URLs; none by default. */
export interface IssuerUrls {
  readonly crl?: readonly string[] | undefined;
  readonly ocsp?: readonly string[] | undefined;
  readonly caIssuers?: readonly string[] | undefined;
}

/** Each of these gives one Extension, DER. */
export const extension = {
  /** Critical; CA:FALSE. */
  endEntity: (): Uint8Array => critical(oid.basicConstraints, derSequence()),

  /** Critical; CA:TRUE, pathlen:0. */
  issuerOfEndEntities: (): Uint8Array =>
    critical(oid.basicConstraints, derSequence(derTrue, derUnsignedInteger(Uint8Array.of(0)))),

  /** Critical. */
  keyUsage: (...usages: readonly KeyUsage[]): Uint8Array => {
    const bits = usages.map((usage) => keyUsageBits[usage]);
    const flags = bits.reduce<number>((all, bit) => all | (0x80 >> bit), 0);
    // A list of named bits ends with the last that is set (X.690, 11.2.2).
    return critical(oid.keyUsage, derElement(derTag.bitString, Uint8Array.of(7 - Math.max(...bits), flags)));
  },

  /** @param purposes - Dotted object identifiers. */
  extendedKeyUsage: (...purposes: readonly string[]): Uint8Array =>
    ordinary(oid.extKeyUsage, derSequence(...purposes.map(derObjectIdentifier))),

  authorityKeyIdentifier: (keyId: Uint8Array): Uint8Array =>
    ordinary(oid.authorityKeyIdentifier, derSequence(derElement(derTag.implicit0, keyId))),

  /** The one extension that is new for each phone. */
  subjectKeyIdentifier: (keyId: Uint8Array): Uint8Array =>
    derSequence(subjectKeyIdentifierType, derOctetString(derOctetString(keyId))),

  /** @throws PkiError `server-name-malformed` */
  subjectAltName: (dnsNames: readonly string[], ipAddresses: readonly string[]): Uint8Array => {
    const names = [
      ...dnsNames.map((name) => derElement(generalName.dns, Buffer.from(requireDnsName(name), 'latin1'))),
      ...ipAddresses.map((address) => derElement(generalName.ip, ipOctets(requireIpAddress(address)))),
    ];
    return ordinary(oid.subjectAltName, derSequence(...names));
  },

  /**
   * CRL distribution points and authority information access, as far as there are URLs.
   *
   * @throws PkiError `url-malformed`
   */
  issuerUrls: ({ crl = [], ocsp = [], caIssuers = [] }: IssuerUrls): Uint8Array[] => {
    for (const url of [...crl, ...ocsp, ...caIssuers]) requireUrl(url);
    const made: Uint8Array[] = [];
    if (crl.length > 0) {
      const fullName = (url: string) => derElement(derTag.explicit0, derElement(derTag.explicit0, urlName(url)));
      made.push(ordinary(oid.crlDistributionPoints, derSequence(...crl.map((url) => derSequence(fullName(url))))));
    }
    const access = [
      ...ocsp.map((url) => derSequence(derObjectIdentifier(oid.ocsp), urlName(url))),
      ...caIssuers.map((url) => derSequence(derObjectIdentifier(oid.caIssuers), urlName(url))),
    ];
    if (access.length > 0) made.push(ordinary(oid.authorityInfoAccess, derSequence(...access)));
    return made;
  },
} as const;

const subjectKeyIdentifierType = derObjectIdentifier(oid.subjectKeyIdentifier);

const derTrue = derElement(derTag.boolean, Uint8Array.of(0xff));

/** Extension (RFC 5280, 4.1) whose `critical` is its default, FALSE. */
function ordinary(type: string, value: Uint8Array): Uint8Array {
  return derSequence(derObjectIdentifier(type), derOctetString(value));
}

function critical(type: string, value: Uint8Array): Uint8Array {
  return derSequence(derObjectIdentifier(type), derTrue, derOctetString(value));
}

/** Tags of GeneralName (RFC 5280, 4.2.1.6). */
const generalName = { dns: 0x82, url: 0x86, ip: 0x87 } as const;

function urlName(url: string): Uint8Array {
  return derElement(generalName.url, Buffer.from(url, 'latin1'));
}

function ipOctets(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.'), Number);
  // A URL's host is written in one way: groups in hexadecimal, the longest run of zeros left out.
  const [head, tail] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((groups) => groups.split(':').filter((group) => group !== ''));
  const [before, after] = [head ?? [], tail ?? []];
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  );
}

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
