import { type OpenOperation, openAuthenticationString, type SecretKey } from '@opencapf/store';
import type { SessionOutcome } from './session-outcomes.js';

/** Whether a phone may work on an operation. */
export type Verdict =
  | 'accepted'
  | Extract<
      SessionOutcome,
      'authentication-string-wrong' | 'authentication-string-missing' | 'authentication-mode-unavailable'
    >;

/**
 * Compares what the phone gave with what was queued, in a time that tells nothing about the string. A null string proves
 * nothing and accepts whatever comes.
 *
 * @param password - PASSWORD of AUTH_RESPONSE, bytes; absent from a version-2 client, empty for none.
 * @throws StoreError `sealed-value-unreadable`
 */
export function authenticate(operation: OpenOperation, password: Buffer | undefined, secretKey: SecretKey): Verdict {
  switch (operation.authenticationMode) {
    case 'nullString':
      return 'accepted';
    case 'authenticationString': {
      if (password === undefined || password.length === 0) return 'authentication-string-missing';
      const expected = openAuthenticationString(secretKey, operation.id, operation.sealedString ?? Buffer.alloc(0));
      const given = password.toString('latin1');
      return secretKey.sameText('authentication string', given, expected) ? 'accepted' : 'authentication-string-wrong';
    }
    case 'existingCertificateLscFirst':
    case 'existingCertificateMicFirst':
      return 'authentication-mode-unavailable';
  }
}
