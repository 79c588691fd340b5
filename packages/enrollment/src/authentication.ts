import { beginOperation, type KnownDevice, type OpenOperation } from '@opencapf/store';
import type { Admission } from './admission.js';
import { admitByCertificate } from './certificate-admission.js';
import { isWithinAny } from './network.js';
import { beginningOf, type Introduced } from './session-beginning.js';
import { operationGone } from './session-ends.js';
import { admitByString } from './string-admission.js';

/**
 * Lets a phone work on an operation, or not, in the way that the operation asks for.
 *
 * @throws AttemptEnded, StoreError `sealed-value-unreadable`
 */
export async function admit(introduced: Introduced, device: KnownDevice, operation: OpenOperation): Promise<Admission> {
  switch (operation.authenticationMode) {
    case 'authenticationString':
      return await admitByString(introduced, device, operation);
    case 'nullString':
      return await admitByNullString(introduced, device, operation);
    case 'existingCertificateLscFirst':
    case 'existingCertificateMicFirst':
      return await admitByCertificate(introduced, device, operation, operation.authenticationMode);
  }
}

/** A null string proves nothing and accepts whatever comes, from the networks that the operation allows. */
async function admitByNullString(
  introduced: Introduced,
  device: KnownDevice,
  operation: OpenOperation,
): Promise<Admission> {
  const { allowedNetworks } = operation;
  if (allowedNetworks !== undefined && !isWithinAny(introduced.phone.peer.remoteAddress, allowedNetworks)) {
    return { refusal: 'address-not-allowed' };
  }
  const beginning = beginningOf(introduced, device, operation, true);
  const session = await beginOperation(introduced.services.database, operation.id, beginning);
  if (session === undefined) throw operationGone();
  return { session };
}
