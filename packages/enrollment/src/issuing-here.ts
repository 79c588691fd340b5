import { AuthorityError, type CertificateIntent, type PreparedCertificate } from '@opencapf/authority';
import { intendCertificate, recordIssued } from '@opencapf/store';
import type { KnownAuthority } from './authorities.js';
import { notIntended, prepare } from './certificate-preparation.js';
import type { MadeKey, SendableCertificate } from './made-key.js';
import type { OperationSession } from './operation-session.js';
import { superseded } from './session-ends.js';

/**
 * The issuance cycle of an authority that signs here: intend, sign, commit the signature; only then may a byte of it go to the
 * phone.
 *
 * @throws AttemptEnded, OperationFailed
 */
export async function issueHere(
  session: OperationSession,
  authority: KnownAuthority,
  key: MadeKey,
): Promise<SendableCertificate> {
  const { device, services, work } = session;
  const prepared = await prepare(session, authority, key);
  const { serial, tbs } = intentOf(prepared);
  const intended = await intendCertificate(services.database, work, {
    issuer: authority.id,
    serial,
    publicKey: key.publicKey,
    tbs,
  });
  switch (intended.standing) {
    case 'intended':
      return await sign(session, authority, prepared, intended.certificate);
    case 'intendedBefore': {
      // What an earlier session intended for this key is taken up, so that no second certificate comes to be.
      if (intended.signable === undefined) throw new AuthorityError('intended-certificate-mismatch');
      const resumed = await authority.authority.resume({
        deviceName: device.name,
        spki: key.publicKey,
        intent: { kind: 'certificate', ...intended.signable },
        now: services.clock(),
      });
      return await sign(session, authority, resumed, intended.certificate);
    }
    case 'issuedBefore':
      return { id: intended.certificate, der: intended.der };
    default:
      throw notIntended(intended);
  }
}

async function sign(
  { services, work }: OperationSession,
  { authority }: KnownAuthority,
  prepared: PreparedCertificate,
  id: number,
): Promise<SendableCertificate> {
  const issued = await authority.issue(prepared);
  if (issued.state !== 'issued') throw new AuthorityError('authority-setting-invalid');
  const { certificate: der, ...facts } = issued;
  if (!(await recordIssued(services.database, work, id, { der, ...facts }))) throw superseded();
  return { id, der };
}

function intentOf({ intent }: PreparedCertificate): CertificateIntent {
  if (intent.kind !== 'certificate') throw new AuthorityError('intended-certificate-mismatch');
  return intent;
}
