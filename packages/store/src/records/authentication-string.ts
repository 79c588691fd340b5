import type { SealedPlace, SecretKey } from '../secrets/secret-key.js';

function place(operation: number): SealedPlace {
  return { table: 'operation', row: operation, column: 'authentication_string' };
}

/** An operation's authentication string, encrypted for its row and no other. */
export function sealAuthenticationString(secretKey: SecretKey, operation: number, text: string): Buffer {
  return secretKey.seal(Buffer.from(text), place(operation));
}

/**
 * What {@link sealAuthenticationString} was given.
 *
 * @throws StoreError `sealed-value-unreadable`
 */
export function openAuthenticationString(secretKey: SecretKey, operation: number, sealed: Uint8Array): string {
  return secretKey.open(sealed, place(operation)).toString();
}
