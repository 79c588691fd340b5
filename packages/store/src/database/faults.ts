import { StoreError, type StoreErrorCode } from '../errors.js';

const codes: Readonly<Record<string, StoreErrorCode>> = {
  ECONNREFUSED: 'database-refused',
  ENOENT: 'database-refused',
  ENOTFOUND: 'database-host-unknown',
  EAI_AGAIN: 'database-host-unknown',
  ETIMEDOUT: 'database-unreachable',
  EHOSTUNREACH: 'database-unreachable',
  ENETUNREACH: 'database-unreachable',
  '28P01': 'database-authentication-failed',
  '28000': 'database-authentication-failed',
  '3D000': 'database-missing',
  '53300': 'database-too-many-connections',
  '57P03': 'database-unreachable',
  '42501': 'database-privileges',
  '55P03': 'database-unreachable',
};

const tlsFault = /^(ERR_TLS|ERR_SSL|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_)/;

/** Codes that time may cure: a server that is starting, a name that is not there yet. */
export const passing: ReadonlySet<StoreErrorCode> = new Set<StoreErrorCode>([
  'database-refused',
  'database-host-unknown',
  'database-unreachable',
  'database-too-many-connections',
]);

/**
 * Tells what kept a connection from being made.
 *
 * @param where host, port and database, without credentials
 */
export function connectionFault(cause: unknown, where: string): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = codeOf(cause);
  const message = cause instanceof Error ? cause.message : '';
  if (tlsFault.test(code) || /SSL|TLS/.test(message)) return new StoreError('database-tls-failed', where, { cause });
  return new StoreError(codes[code] ?? 'database-unreachable', where, { cause });
}

/** The SQLSTATE or system code of a fault; empty when it has none. */
export function codeOf(fault: unknown): string {
  return fault instanceof Error && 'code' in fault && typeof fault.code === 'string' ? fault.code : '';
}

/** Whether the server itself reported a fault and its connection is still good for more. */
export function isServerReport(fault: unknown): boolean {
  return fault instanceof Error && 'severity' in fault && fault.severity === 'ERROR';
}
