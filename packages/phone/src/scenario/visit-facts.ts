import { certificateMd5, keyTypeName, publicKeyMd5, readCertificate, verifySignedBy } from '@opencapf/pki';
import type { CapfTrust } from '../capf-trust.js';
import { describeEnrollment } from '../description.js';
import type { Enrollment } from '../enroll.js';
import type { HeldCertificate } from '../identity.js';
import type { PersistentEnrollment } from '../persistence.js';

/** What came of a phone's last visit, and all of them. */
type Came = Pick<PersistentEnrollment, 'enrollment' | 'visits'>;

/** What `expect` of a phone is held against. */
export function visitFacts({ enrollment, visits }: Came, trust: CapfTrust): Readonly<Record<string, unknown>> {
  const { outcome, reason, code, stage, message, tls, shown } = describeEnrollment(enrollment);
  const { steps, identity } = enrollment;
  return {
    outcome,
    reason,
    code,
    stage,
    message,
    tls,
    visits: visits.length,
    shown: shown?.map(({ type, certificate }) => ({ type, md5hash: certificate?.md5 })),
    heard: steps.flatMap(({ event, command }) => (event === 'received' && command !== undefined ? [command] : [])),
    asked: steps.flatMap(({ event, key }) => (event === 'keyRequested' && key !== undefined ? [keyTypeName(key)] : [])),
    certificate: identity.lsc === undefined ? undefined : certificateFacts(identity.lsc, trust),
  };
}

/** What further steps may say with `${LABEL.name}`: null for what it does not have. */
export function phoneVariables({ identity: { lsc, mic }, sessionId }: Enrollment): Readonly<Record<string, unknown>> {
  const always = {
    sessionId: sessionId ?? null,
    micMd5hash: mic === undefined ? null : certificateMd5(mic.certificate),
  };
  if (lsc === undefined) return { md5hash: null, publicKeyMd5: null, serial: null, ...always };
  const { der, spki, serial } = readCertificate(lsc.certificate);
  return { md5hash: certificateMd5(der), publicKeyMd5: publicKeyMd5(spki), serial, ...always };
}

const day = 86_400_000;

function certificateFacts({ certificate }: HeldCertificate, [capf, ...others]: CapfTrust): object {
  const read = readCertificate(certificate);
  const { keyType, notBefore, notAfter, der, spki, subject, issuer, serial, isCa, keyUsage, extendedKeyUsage } = read;
  const issuedByTrusted = [capf, ...others].find((candidate) => verifySignedBy(read, candidate));
  return {
    key: keyType && keyTypeName(keyType),
    subject,
    issuer,
    issuedBy: issuedByTrusted === capf ? 'capf' : issuedByTrusted?.subject,
    serial,
    validDays: Math.round((notAfter.getTime() - notBefore.getTime()) / day),
    isCa,
    keyUsage,
    extendedKeyUsage,
    md5hash: certificateMd5(der),
    publicKeyMd5: publicKeyMd5(spki),
  };
}

/** The session in one line, for whoever sees an expectation fail. */
export function sessionCourse({ steps }: Enrollment): string {
  return steps
    .map(({ event, command, reason, key }) =>
      [event, command, reason, key && keyTypeName(key)].filter((word) => word !== undefined).join(' '),
    )
    .join(', ');
}
