import { AuthorityError, type PreparedCertificate, type PrepareRequest } from '@opencapf/authority';
import { PkiError } from '@opencapf/pki';
import type { Intended } from '@opencapf/store';
import type { KnownAuthority } from './authorities.js';
import type { MadeKey } from './made-key.js';
import type { OperationSession } from './operation-session.js';
import { type AttemptEnded, OperationFailed, superseded } from './session-ends.js';
import { operationFailures } from './session-outcomes.js';

/** Settles a certificate; the authority checks the key first. @throws OperationFailed `public-key-*`, `key-proof-*` */
export async function prepare(
  { device, services }: OperationSession,
  { authority }: KnownAuthority,
  { publicKey: spki, wanted }: MadeKey,
  proveKey?: PrepareRequest['proveKey'],
): Promise<PreparedCertificate> {
  try {
    const prepared = await authority.prepare({
      deviceName: device.name,
      spki,
      expectedKey: wanted.type,
      now: services.clock(),
      proveKey,
    });
    for (const { code, message } of prepared.warnings) services.log.warn({ device: device.name, code }, message);
    return prepared;
  } catch (fault) {
    const refused = fault instanceof PkiError && fault.code.startsWith('public-key-');
    const unproven = fault instanceof AuthorityError && fault.code.startsWith('key-proof-');
    if (refused || unproven) throw new OperationFailed(fault.code, fault.message);
    throw fault;
  }
}

/** Why a certificate comes of nothing that was found on record when it was to be intended. */
export function notIntended(
  found: Extract<Intended, { standing: 'revokedBefore' | 'keyOfAnother' | 'endedBefore' | 'lost' }>,
): AttemptEnded | OperationFailed {
  switch (found.standing) {
    case 'revokedBefore':
      return new OperationFailed('certificate-revoked', operationFailures['certificate-revoked']);
    case 'keyOfAnother':
      return new OperationFailed(
        'public-key-of-another-device',
        `The public key is on record for ${found.other}. ${operationFailures['public-key-of-another-device']}`,
      );
    case 'endedBefore':
      return new OperationFailed('certificate-request-ended', operationFailures['certificate-request-ended']);
    case 'lost':
      return superseded();
  }
}
