import { AuthorityError, type PreparedCertificate, type RequestIntent } from '@opencapf/authority';
import { intendRequest, type RequestEnd, readAskedCertificate } from '@opencapf/store';
import type { KnownAuthority } from './authorities.js';
import { notIntended, prepare } from './certificate-preparation.js';
import { proofOfKey } from './key-proof.js';
import type { MadeKey, SendableCertificate } from './made-key.js';
import type { OperationSession } from './operation-session.js';
import { AttemptEnded, OperationFailed, superseded } from './session-ends.js';
import { sessionOutcomes } from './session-outcomes.js';

/**
 * The issuance cycle of an authority elsewhere: commit the request, have it sent, wait for what comes of it for as long as the
 * phone does. Who has it sent, also when this session is over, is `AuthorityRequests`.
 *
 * @throws AttemptEnded, OperationFailed
 */
export async function issueElsewhere(
  session: OperationSession,
  authority: KnownAuthority,
  key: MadeKey,
): Promise<SendableCertificate> {
  const prepared = await prepare(session, authority, key, proofOfKey(session));
  const { request, reference } = intentOf(prepared);
  const intended = await intendRequest(session.services.database, session.work, {
    issuer: authority.id,
    publicKey: key.publicKey,
    request,
    reference,
  });
  switch (intended.standing) {
    case 'intended':
    case 'intendedBefore': {
      const end = await outcomeOf(session, authority, intended.certificate);
      if (end.state === 'issued') return { id: end.certificate, der: end.der };
      // The next session asks for a new key: nobody may be asked about this one again.
      throw new AttemptEnded('certificate-request-lost', end.words, 'hangUp');
    }
    case 'issuedBefore':
      return { id: intended.certificate, der: intended.der };
    default:
      throw notIntended(intended);
  }
}

/**
 * The certificate that was asked for before, for the key that the phone made then. While the authority has not answered, no
 * second key is asked for.
 *
 * @returns undefined when there is none that may be sent: the phone is to make a new key
 * @throws AttemptEnded, OperationFailed
 */
export async function readyCertificate(
  session: OperationSession,
  authority: KnownAuthority,
): Promise<SendableCertificate | undefined> {
  if (authority.terms === undefined) return undefined;
  const { operation, services } = session;
  const asked = await readAskedCertificate(services.database, operation.id, services.clock());
  if (asked === undefined || asked.issuer !== authority.id) return undefined;
  if (asked.end !== undefined && !asked.usable) return undefined;
  const end = asked.end ?? (await outcomeOf(session, authority, asked.certificate));
  if (end.state !== 'issued' || !authority.terms.storeReadyCertificate) return undefined;
  return { id: end.certificate, der: end.der };
}

/** @throws AttemptEnded `waiting-for-authority`; OperationFailed where another attempt would come to the same */
async function outcomeOf(
  { device, services }: OperationSession,
  authority: KnownAuthority,
  certificate: number,
): Promise<Exclude<RequestEnd, { state: 'denied' | 'failed' }>> {
  const end = await services.requests.outcomeOf(authority, device.authorityVersion, certificate);
  switch (end?.state) {
    case 'issued':
      return end;
    case 'abandoned':
      // Else the operation has ended, or a newer session asked for another certificate.
      if (end.code === 'certificate-request-lost') return end;
      throw superseded();
    case 'denied':
    case 'failed':
      throw new OperationFailed(end.code, end.words);
    case undefined:
      throw new AttemptEnded('waiting-for-authority', sessionOutcomes['waiting-for-authority'], 'hangUp');
  }
}

function intentOf({ intent }: PreparedCertificate): RequestIntent {
  if (intent.kind !== 'request') throw new AuthorityError('intended-certificate-mismatch');
  return intent;
}
