import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CapfTrust } from '@opencapf/phone';
import { type LoadAuthentication, type LoadPhone, type Mix, readDeviceList, readMix } from '@opencapf/phone/load';
import { createSigner, exportPkcs8, type Issuer, importPkcs8, type KeyType, loadIssuer } from '@opencapf/pki';
import { InvalidArgumentError } from 'commander';
import type { tlsVersions } from './phone-options.js';

/** The options of `opencapf phone load`, as they were read. */
export interface PhoneLoadOptions {
  readonly host?: string;
  readonly port: number;
  readonly count?: number;
  readonly first: string;
  readonly names?: readonly Pick<LoadPhone, 'name' | 'authString'>[];
  readonly concurrency: number;
  readonly rate?: number;
  readonly hold?: number;
  readonly inProgressEvery?: number;
  readonly queue?: true;
  readonly mix?: Mix;
  readonly auth: LoadAuthentication;
  readonly authString?: string;
  readonly micCaCert?: string;
  readonly micCaKey?: string;
  readonly key: keyof typeof loadKeys;
  readonly keys?: string;
  readonly capfCert?: CapfTrust;
  readonly version: '2' | '3';
  readonly tls?: (typeof tlsVersions)[number];
  readonly timeout: number;
  readonly retries: number;
  readonly retryPause: number;
  readonly failed?: string;
  readonly json?: true;
}

/** What `--key` may say, and what it means. */
export const loadKeys = {
  'rsa-512': { kind: 'rsa', size: 512 },
  'rsa-1024': { kind: 'rsa', size: 1024 },
  'rsa-2048': { kind: 'rsa', size: 2048 },
  'rsa-3072': { kind: 'rsa', size: 3072 },
  'rsa-4096': { kind: 'rsa', size: 4096 },
  'ec-256': { kind: 'ec', size: 256 },
  'ec-384': { kind: 'ec', size: 384 },
  'ec-521': { kind: 'ec', size: 521 },
} as const satisfies Readonly<Record<string, KeyType>>;

/** What `--auth` may say. */
export const loadAuthentications = ['none', 'string', 'lsc', 'mic'] as const satisfies readonly LoadAuthentication[];

/** A whole number from 1 on. @throws InvalidArgumentError */
export function countOption(value: string): number {
  const count = Number(value);
  if (!/^\d{1,7}$/.test(value) || count < 1) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return count;
}

/** Phones a second. @throws InvalidArgumentError */
export function rateOption(value: string): number {
  const rate = Number(value);
  if (!/^\d+(\.\d+)?$/.test(value) || rate <= 0 || rate > 100_000) {
    throw new InvalidArgumentError('It must be a number above 0, of phones a second.');
  }
  return rate;
}

/** @throws InvalidArgumentError */
export function mixOption(value: string): Mix {
  return saying(() => readMix(value));
}

/** Reads the list of phones; a relative path is meant from where the command was typed. */
export function namesOption(typedIn: string): (file: string) => ReturnType<typeof readDeviceList> {
  return (file) => saying(() => readDeviceList(readFileSync(resolve(typedIn, file), 'utf8')));
}

/**
 * The certification authority of a factory of phones, from PEM files.
 *
 * @throws InvalidArgumentError
 */
export function readFactory(certificateFile: string, keyFile: string, typedIn: string): Issuer {
  return saying(() => {
    const read = (file: string): Buffer => readFileSync(resolve(typedIn, file));
    const key = importPkcs8(exportPkcs8(createPrivateKey(read(keyFile))));
    return loadIssuer(read(certificateFile), createSigner(key));
  });
}

/** Options that do not go together, in words; undefined when all is well. */
export function contradiction(options: PhoneLoadOptions): string | undefined {
  const { host, count, names, queue, mix, auth, micCaCert, micCaKey, hold, inProgressEvery } = options;
  if (host === undefined && !queue) return '--host is missing (only with --queue is it that of OPENCAPF_SERVER)';
  if (count !== undefined && names !== undefined) return '--count and --names do not go together';
  if (mix !== undefined && !queue) return '--mix needs --queue: without it phones take what stands queued';
  if (auth === 'lsc' && !queue) return '--auth lsc needs --queue: the phones have to get an LSC first';
  if ((micCaCert === undefined) !== (micCaKey === undefined)) return '--mic-ca-cert and --mic-ca-key go together';
  if (auth === 'mic' && micCaCert === undefined) return '--auth mic needs --mic-ca-cert and --mic-ca-key';
  if (inProgressEvery !== undefined && hold === undefined) return '--in-progress-every needs --hold';
  return undefined;
}

/** Says what is wrong with an option in commander's way. @throws InvalidArgumentError */
function saying<Read>(read: () => Read): Read {
  try {
    return read();
  } catch (fault) {
    throw new InvalidArgumentError(fault instanceof Error ? fault.message : String(fault));
  }
}
