import { randomBytes } from 'node:crypto';
import { compileLscProfile, type Issuer, randomSerial } from '@opencapf/pki';
import type { HeldCertificate } from '../identity.js';
import type { KeyStock } from './key-stock.js';
import type { Making } from './key-supply.js';

const day = 86_400_000;
const micKey = { kind: 'rsa', size: 2048 } as const;

/**
 * Makes a MIC for each phone, as a factory would: with an RSA 2048 key and the device name as common name.
 *
 * @param factory - Whom the service's CAPF trust store must know, with the purpose `mic`.
 */
export async function makeMics(
  factory: Issuer,
  names: readonly string[],
  keys: KeyStock,
  watch: (making: Making) => void = () => {},
): Promise<ReadonlyMap<string, HeldCertificate>> {
  const keyName = (name: string): string => `MIC of ${name}`;
  await keys.prepare(names.map(keyName), micKey, watch);
  const profile = compileLscProfile(factory);
  const now = Date.now();
  const mics = new Map<string, HeldCertificate>();
  for (const name of names) {
    const key = await keys.keyFor(keyName(name), micKey);
    if (key === undefined) continue;
    const tbs = profile.encodeTbs({
      deviceName: name,
      spki: key.spki,
      serial: randomSerial(randomBytes),
      notBefore: new Date(now - day),
      notAfter: new Date(now + 30 * day),
    });
    mics.set(name, { certificate: profile.assemble(tbs, await factory.signer.sign(tbs)), key });
  }
  return mics;
}
