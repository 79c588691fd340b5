import { sameBytes } from './bytes.js';
import type { CaUse } from './ca-request.js';
import type { CertificateRecord } from './certificate-reader.js';
import { mayIssue, verifySignedBy } from './certificate-verification.js';
import { PkiError } from './errors.js';
import { oid } from './object-identifiers.js';
import { readCertificates } from './trust-upload.js';

/** Something about a chain that works against LSCs or phones, though it can be used. */
export interface ChainWarning {
  readonly code: keyof typeof warnings;
  /** In words, with what to change. */
  readonly message: string;
}

/** What a chain is to serve. */
export interface ExpectedChain {
  /** DER SubjectPublicKeyInfo of the key that asked. */
  readonly spki: Uint8Array;
  readonly use: CaUse;
  readonly now: Date;
  /** How long LSCs are to live, in days. */
  readonly validityDays: number;
}

/** A certificate and those above it, each signed by the next. */
export interface CheckedChain {
  readonly certificate: CertificateRecord;
  /** From the certificate's issuer upwards, to the root where it is known. */
  readonly chain: readonly CertificateRecord[];
  readonly warnings: readonly ChainWarning[];
}

const warnings = {
  'chain-not-for-clients':
    'It, or a CA above it, has an extended key usage without client authentication: LSCs below it are refused as TLS clients. Have it issued without an extended key usage.',
  'chain-path-too-short':
    'A CA above it does not allow another CA below (path length): LSCs will not verify. Have it signed by another.',
  'chain-no-crl-sign':
    'It lacks the key usage cRLSign: whoever checks revocation refuses its LSCs. Have it issued with cRLSign.',
  'chain-shorter-than-lscs':
    'It ends before LSCs that are issued now would: they are cut short. Have it issued for longer.',
  'chain-without-root': 'The chain does not end in a root: whoever is to trust it needs the rest.',
  'chain-no-key-encipherment':
    'It lacks the key usage keyEncipherment: phones that meet it by RSA key exchange may refuse it.',
  'chain-no-digital-signature': 'It lacks the key usage digitalSignature: phones may refuse it on port 3804.',
  'chain-not-for-servers':
    'It has an extended key usage without server authentication: phones may refuse it on port 3804.',
} as const;

/**
 * Takes the chain that a site's CA gave back, in whatever order: the certificate for the key, then each one's issuer. What does
 * not belong to it is left out.
 *
 * @param upload - PEM, DER or PKCS#7
 * @throws PkiError `trust-upload-*` where it cannot be read; `issuer-key-mismatch` when none of it is for the key; `issuer-not-a-ca`,
 * `issuer-expired`, `issuer-not-yet-valid`, `issuer-chain-broken`, `issuer-name-reserved`
 */
export function readCaChain(upload: Uint8Array, expected: ExpectedChain): CheckedChain {
  return checkCaChain(readCertificates(upload), expected);
}

/** Like {@link readCaChain}, of certificates that are read already. */
export function checkCaChain(certificates: readonly CertificateRecord[], expected: ExpectedChain): CheckedChain {
  const certificate = certificates.find(({ spki }) => sameBytes(spki, expected.spki));
  if (certificate === undefined) {
    throw new PkiError('issuer-key-mismatch', 'None of the certificates is for the key that asked.');
  }
  requireUsable(certificate, expected.now);
  const chain = climb(certificate, certificates);
  for (const above of chain) {
    requireUsable(above, expected.now);
    if (above.commonName !== undefined && /^CAPF-/i.test(above.commonName)) {
      throw new PkiError(
        'issuer-name-reserved',
        `"${above.subject}" bears a name of a CAPF. Use a CA of another name.`,
      );
    }
  }
  if (chain.length === 0 && !isRoot(certificate)) {
    throw new PkiError('issuer-chain-broken', `Its issuer, "${certificate.issuer}", is missing. Give the whole chain.`);
  }
  return { certificate, chain, warnings: [...warningsOf(certificate, chain, expected)] };
}

/** What speaks against a certificate and the chain above it. */
export function* warningsOf(
  certificate: CertificateRecord,
  chain: readonly CertificateRecord[],
  { use, now, validityDays }: Omit<ExpectedChain, 'spki'>,
): Generator<ChainWarning> {
  const all = [certificate, ...chain];
  const root = all.at(-1);
  const whole = root !== undefined && isRoot(root);
  const forPurpose = (wanted: string) => (each: CertificateRecord) =>
    each.extendedKeyUsage === undefined ||
    each.extendedKeyUsage.includes(wanted) ||
    each.extendedKeyUsage.includes(oid.anyExtendedKeyUsage);
  const lacks = (usage: 'cRLSign' | 'keyEncipherment' | 'digitalSignature') =>
    certificate.keyUsage?.includes(usage) === false;
  if (!all.every(forPurpose(oid.clientAuth))) yield warning('chain-not-for-clients');
  if (chain.some(({ pathLength }, depth) => pathLength !== undefined && pathLength < depth + 1)) {
    yield warning('chain-path-too-short');
  }
  if (lacks('cRLSign')) yield warning('chain-no-crl-sign');
  const end = Math.min(...all.map(({ notAfter }) => notAfter.getTime()));
  if (use === 'issuer' && end < now.getTime() + validityDays * 86_400_000) yield warning('chain-shorter-than-lscs');
  if (!whole) yield warning('chain-without-root');
  if (use === 'issuer') return;
  if (lacks('keyEncipherment')) yield warning('chain-no-key-encipherment');
  if (lacks('digitalSignature')) yield warning('chain-no-digital-signature');
  if (!forPurpose(oid.serverAuth)(certificate)) yield warning('chain-not-for-servers');
}

function warning(code: keyof typeof warnings): ChainWarning {
  return { code, message: warnings[code] };
}

/** From one to the one that signed it, as far as they are there. */
function climb(from: CertificateRecord, among: readonly CertificateRecord[]): readonly CertificateRecord[] {
  const chain: CertificateRecord[] = [];
  for (let at = from; !isRoot(at); ) {
    const issuer = among.find((each) => each !== at && !chain.includes(each) && verifySignedBy(at, each));
    if (issuer === undefined) {
      const named = among.some((each) => each !== at && sameBytes(each.subjectDer, at.issuerDer));
      if (named)
        throw new PkiError('issuer-chain-broken', `"${at.subject}" is not signed by "${at.issuer}" of the upload.`);
      break;
    }
    chain.push(issuer);
    at = issuer;
  }
  return chain;
}

function isRoot(certificate: CertificateRecord): boolean {
  return sameBytes(certificate.subjectDer, certificate.issuerDer) && verifySignedBy(certificate, certificate);
}

function requireUsable(certificate: CertificateRecord, now: Date): void {
  if (!mayIssue(certificate)) throw new PkiError('issuer-not-a-ca', `"${certificate.subject}" is not a CA.`);
  if (certificate.notAfter <= now) throw new PkiError('issuer-expired', `"${certificate.subject}" has expired.`);
  if (certificate.notBefore > now)
    throw new PkiError('issuer-not-yet-valid', `"${certificate.subject}" is not valid yet.`);
}
