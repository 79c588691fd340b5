import {
  type AuthenticationMode,
  EnrollmentError,
  type KeyOrder,
  readAuthenticationMode,
  readKeyOrder,
} from '@opencapf/enrollment';
import type { Database, ProfileChange } from '@opencapf/store';
import { readCapfServers } from '@opencapf/tftp';
import type { z } from 'zod';
import { certificateIssuerNamed } from './certificate-issuer.js';
import { AdminApiError } from './errors.js';
import { type profileChangeSchema, securityModes } from './schemas/security-profile.js';

/** The port of CAPF where none is given. */
const capfPort = 3804;

/** The CAPF settings that a call gives, in the words of the source documents or in ours. */
interface GivenCapfSettings {
  readonly authenticationMode?: string | undefined;
  readonly keyOrder?: string | undefined;
  readonly rsaKeySize?: number | undefined;
  readonly ecKeySize?: number | undefined;
}

/** @throws EnrollmentError `authentication-mode-unknown`, `key-order-unknown` */
export function readCapfSettings(given: GivenCapfSettings): {
  readonly authenticationMode: AuthenticationMode | undefined;
  readonly keyOrder: KeyOrder | undefined;
  readonly rsaKeySize: number | undefined;
  readonly ecKeySize: number | undefined;
} {
  const { authenticationMode, keyOrder, rsaKeySize, ecKeySize } = given;
  return {
    authenticationMode: authenticationMode === undefined ? undefined : readAuthenticationMode(authenticationMode),
    keyOrder: keyOrder === undefined ? undefined : readKeyOrder(keyOrder),
    rsaKeySize,
    ecKeySize,
  };
}

/** Refuses a key size that no operation may be queued with. @throws EnrollmentError `key-size-below-minimum` */
export function requireKeySize(
  { keyOrder, rsaKeySize }: { readonly keyOrder?: string | undefined; readonly rsaKeySize?: number | undefined },
  minRsaKeySize: number,
): void {
  if (keyOrder === 'ecOnly' || rsaKeySize === undefined || rsaKeySize >= minRsaKeySize) return;
  throw new EnrollmentError('key-size-below-minimum', `${rsaKeySize} bits, the minimum is ${minRsaKeySize}`);
}

/**
 * What a call says of a profile.
 *
 * @throws EnrollmentError as {@link readCapfSettings}; TftpError `capf-servers-unusable`
 * @throws AdminApiError `device-security-mode-unknown`, `certificate-issuer-unknown`
 */
export async function readProfileInput(
  database: Database,
  given: z.output<typeof profileChangeSchema>,
): Promise<ProfileChange> {
  const { deviceSecurityMode: mode, certificateIssuer: issuer, capfServers } = given;
  if (capfServers !== undefined) readCapfServers(capfServers, capfPort);
  return {
    ...given,
    ...readCapfSettings(given),
    deviceSecurityMode: mode === undefined ? undefined : readSecurityMode(mode),
    certificateIssuer: issuer == null ? issuer : await certificateIssuerNamed(database, issuer),
  };
}

function readSecurityMode(given: string): (typeof securityModes)[number] {
  const plain = given.toLowerCase().replaceAll(/[^a-z]/g, '');
  const mode = securityModes.find((one) => one.toLowerCase() === plain);
  if (mode === undefined) throw new AdminApiError('device-security-mode-unknown', given);
  return mode;
}
