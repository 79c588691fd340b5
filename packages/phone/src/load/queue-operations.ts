import type { KeyType } from '@opencapf/pki';
import { PhoneError } from '../errors.js';
import type { Errand } from './errand.js';
import type { Making } from './key-supply.js';

/** Calls the admin API of the service that a load is for, as somebody who may queue operations. */
export type AdminRequest = (
  method: string,
  path: string,
  body: { readonly type: string; readonly content: string },
) => Promise<{ readonly status: number; readonly body: unknown }>;

/** By what an operation's phone is to prove itself, as `authenticationMode` of the REST call has it. */
export type AuthenticationMode =
  | 'nullString'
  | 'authenticationString'
  | 'existingCertificateLscFirst'
  | 'existingCertificateMicFirst';

/** An operation to be queued for a device. */
export interface LoadOrder {
  readonly name: string;
  /** With `keysync` the device is created and nothing is queued. */
  readonly errand: Errand;
  readonly authenticationMode: AuthenticationMode;
  /** The key that the phone is to be asked for. */
  readonly key: KeyType;
}

const callsAtOnce = 16;

/**
 * Creates devices and queues operations for them, in the place of any that are open.
 *
 * @returns The authentication strings that the service made, by device name.
 * Rejects with PhoneError `load-queue-refused` at the first call that the service refuses, and with whatever the call rejects
 * with when there is no answer.
 */
export async function queueOperations(
  request: AdminRequest,
  orders: readonly LoadOrder[],
  watch: (making: Making) => void = () => {},
): Promise<ReadonlyMap<string, string>> {
  const strings = new Map<string, string>();
  let begun = 0;
  let made = 0;
  const call = async (method: string, path: string, content: object): Promise<unknown> => {
    const { status, body } = await request(method, path, {
      type: 'application/json',
      content: JSON.stringify(content),
    });
    if (status === 200 || status === 201) return body;
    begun = orders.length;
    throw new PhoneError('load-queue-refused', `${method} ${path}: ${status} ${refusalOf(body)}`);
  };
  const lane = async (): Promise<void> => {
    for (let order = orders[begun]; order !== undefined; order = orders[begun]) {
      begun += 1;
      const path = `/v1/devices/${encodeURIComponent(order.name)}`;
      await call('PUT', path, {});
      if (order.errand !== 'keysync') {
        const queued = await call('POST', `${path}/operations`, operationOf(order));
        const string = stringOf(queued);
        if (string !== undefined) strings.set(order.name, string);
      }
      made += 1;
      watch({ made, of: orders.length });
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, lane));
  return strings;
}

function operationOf({ errand, authenticationMode, key }: LoadOrder): object {
  const keys =
    key.kind === 'rsa' ? { keyOrder: 'rsaOnly', rsaKeySize: key.size } : { keyOrder: 'ecOnly', ecKeySize: key.size };
  return { operation: errand, authenticationMode, replace: true, ...(errand === 'install' ? keys : {}) };
}

function stringOf(queued: unknown): string | undefined {
  if (typeof queued !== 'object' || queued === null || !('authenticationString' in queued)) return undefined;
  return typeof queued.authenticationString === 'string' ? queued.authenticationString : undefined;
}

function refusalOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const { code, detail } = body as { readonly code?: unknown; readonly detail?: unknown };
  return [code, detail].filter((part) => typeof part === 'string').join(': ');
}
