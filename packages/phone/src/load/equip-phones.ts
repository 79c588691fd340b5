import type { Issuer, KeyType } from '@opencapf/pki';
import { PhoneError } from '../errors.js';
import type { PhoneIdentity } from '../identity.js';
import type { ProofSettings } from '../proof.js';
import type { Errand, LoadPhone } from './errand.js';
import type { KeyStock } from './key-stock.js';
import type { Making } from './key-supply.js';
import { makeMics } from './make-mics.js';
import { errandsOf, type Mix } from './mix.js';
import { type AdminRequest, type AuthenticationMode, queueOperations } from './queue-operations.js';
import { type LoadSettings, runLoad } from './run-load.js';

/** By what a load's phones prove themselves. */
export type LoadAuthentication = 'none' | 'string' | 'lsc' | 'mic';

/** What phones of a load are made with. */
export interface Equipment {
  readonly phones: readonly Pick<LoadPhone, 'name' | 'authString'>[];
  readonly authentication: LoadAuthentication;
  /** The key that phones will be asked for. */
  readonly key: KeyType;
  readonly keys: KeyStock;
  /** Who makes their MICs; without it they have none. */
  readonly factory?: Issuer | undefined;
  /** Queues what they come for; without it they take what stands queued. */
  readonly orders?: { readonly request: AdminRequest; readonly mix: Mix } | undefined;
  /** How they visit when they need an LSC first. */
  readonly visit: LoadSettings;
  /** Is told how far each part of the work has come. */
  readonly watch?: ((what: string, making: Making) => void) | undefined;
}

const modes = {
  none: 'nullString',
  string: 'authenticationString',
  lsc: 'existingCertificateLscFirst',
  mic: 'existingCertificateMicFirst',
} as const satisfies Record<LoadAuthentication, AuthenticationMode>;

/**
 * Makes everything that can be made before a load is measured: keys and MICs, an LSC for each phone that must have one, and
 * then the operations that they come for.
 *
 * Rejects with PhoneError `load-keys-unusable`, `load-queue-refused`, and `load-not-equipped` when a phone does not get the
 * LSC that it needs.
 */
export async function equipPhones(equipment: Equipment): Promise<readonly LoadPhone[]> {
  const { phones, authentication, key, keys, factory, orders, watch = () => {} } = equipment;
  const names = phones.map(({ name }) => name);
  await keys.prepare(names, key, (making) => watch('making primes for keys', making));
  const mics = factory && (await makeMics(factory, names, keys, (making) => watch('making keys of MICs', making)));
  const proof = proofBy(authentication);
  const made = phones.map((phone) => ({ ...phone, proof, identity: { mic: mics?.get(phone.name) } }));
  if (orders === undefined) return made;
  const errands = errandsOf(orders.mix, phones.length);
  const errandOf = (index: number): Errand => errands[index] ?? 'install';
  const needing = names.filter((_, index) => authentication === 'lsc' || errandOf(index) !== 'install');
  const held = await firstLscs(needing, orders.request, equipment);
  const queued = names.map((name, index) => ({
    ...{ name, errand: errandOf(index), key },
    authenticationMode: modes[authentication],
  }));
  const strings = await queueOperations(orders.request, queued, (making) => watch('queueing operations', making));
  return made.map((phone, index) => ({
    ...phone,
    errand: errandOf(index),
    authString: strings.get(phone.name) ?? phone.authString,
    identity: { ...phone.identity, lsc: held.get(phone.name)?.lsc },
  }));
}

function proofBy(authentication: LoadAuthentication): ProofSettings | undefined {
  return authentication === 'lsc' || authentication === 'mic' ? { by: [authentication] } : undefined;
}

/** Lets phones get an LSC that the load is not about, with another key than the one that they will make in it. */
async function firstLscs(
  names: readonly string[],
  request: AdminRequest,
  { key, keys, visit, watch = () => {} }: Equipment,
): Promise<ReadonlyMap<string, PhoneIdentity>> {
  const held = new Map<string, PhoneIdentity>();
  if (names.length === 0) return held;
  const keyName = (name: string): string => `first LSC of ${name}`;
  await keys.prepare(names.map(keyName), key, (making) => watch('making primes for first keys', making));
  const orders = names.map((name) => ({ name, errand: 'install', authenticationMode: 'nullString', key }) as const);
  await queueOperations(request, orders, (making) => watch('queueing first LSCs', making));
  const phones = names.map((name) => ({ name, errand: 'install' }) as const);
  const { result } = await runLoad(phones, {
    ...visit,
    ratePerSecond: undefined,
    keyTime: undefined,
    keyFor: (name, type) => keys.keyFor(keyName(name), type),
    watch: ({ done }) => watch('installing first LSCs', { made: done, of: names.length }),
    each: ({ name }, { identity }) => held.set(name, identity),
  });
  const [failure] = result.failures;
  if (failure !== undefined) {
    throw new PhoneError(
      'load-not-equipped',
      `${failure.count} phones, such as ${failure.names[0]}: ${failure.message}`,
    );
  }
  return held;
}
