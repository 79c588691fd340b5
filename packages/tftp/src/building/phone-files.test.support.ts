import assert from 'node:assert/strict';
import { createHash, createPrivateKey, randomBytes } from 'node:crypto';
import { sha256Hex } from '@opencapf/pki';
import { knownSigner, openEncryptedFile, readSignedFile } from '../readers/index.js';
import { sampleBytes, sampleCertificate, sampleSigner } from '../samples.test.support.js';
import type { FileSigner } from '../writers/index.js';
import type { CacheLease } from './cache-lease.js';
import type { DeviceFacts } from './device-file.js';
import { PhoneFiles } from './phone-files.js';
import type { LongFile } from './served-file.js';

/** Whose files they are. */
export const name = 'SEPA45630BBFA40';
const phone = sampleCertificate('phone-cert');
/** A device without encryption, and without a certificate on record. */
export const known: DeviceFacts = {
  name,
  model: '8845',
  configuration: sampleBytes('input/SEP001122334455.cnf.xml'),
  templateFields: null,
  certificate: null,
  md5hash: null,
  capfAuthMode: 2,
  encrypted: false,
  excludeDigestCredentials: false,
  capfServers: [],
  hasSymmetricKey: false,
  updatedAt: new Date('2026-11-27T12:00:00Z'),
  state: '1',
  signer: sha256Hex(sampleCertificate('CallManager').der),
};
/** What changes where one is on record and encryption is on. */
export const withCertificate: Partial<DeviceFacts> = {
  encrypted: true,
  certificate: phone.der,
  md5hash: createHash('md5').update(phone.der).digest('hex'),
};

/** Files of one device as the test has it on record. */
export function site(
  changes: Partial<DeviceFacts> = {},
  directory?: string,
  signer: () => Promise<FileSigner> = async () => sampleSigner('CallManager'),
  lease?: CacheLease,
) {
  let facts: DeviceFacts = { ...known, ...changes };
  let asked = 0;
  let opened = 0;
  let fault: Error | undefined;
  const lists = { itl: 'v1' as string | undefined, ctl: undefined as string | undefined };
  const files = new PhoneFiles({
    ...(lease === undefined ? {} : { lease }),
    site: {
      signer: async () => {
        opened += 1;
        return await signer();
      },
      hash: 'sha1',
      layout: 'usecallmanager',
      capfServers: ['192.0.2.10'],
      capfPorts: { capf: 3804, legacy: undefined },
      random: randomBytes,
      now: () => new Date('2026-11-27T12:00:00Z'),
    },
    facts: async (device) => {
      asked += 1;
      return device === facts.name ? facts : undefined;
    },
    trustList: async (kind) => {
      const version = lists[kind];
      return version === undefined ? undefined : { bytes: Buffer.from(`list ${version}`), version };
    },
    onRecord: async (devices) => {
      if (fault !== undefined) throw fault;
      const { name: known, state, signer: active } = facts;
      const states = devices.filter((device) => device === known).map((device) => [device, state] as const);
      return { signer: active ?? undefined, lists: { ...lists }, devices: new Map(states) };
    },
    directory,
    keptBytes: 10_000_000,
  });
  /** Changes what is on record. Nobody is told. */
  const change = (to: Partial<DeviceFacts>): void => {
    facts = { ...facts, state: `${facts.state}1`, ...to };
  };
  const bytes = async (file: string): Promise<Buffer> => {
    const found = await files.find(file);
    assert.ok(found.found, `${file} is not there`);
    return await wholeOf(found.file.bytes);
  };
  const refusal = async (file: string) => {
    const found = await files.find(file);
    return found.found ? undefined : found.code;
  };
  /** The store fails with this whenever it is asked what is on record. */
  const fail = (by: Error | undefined): void => {
    fault = by;
  };
  return { files, change, fail, lists, bytes, refusal, asked: () => asked, opened: () => opened };
}

/** All of a file, also of one that is read while it is sent. */
export async function wholeOf(file: Uint8Array | LongFile): Promise<Buffer> {
  if (file instanceof Uint8Array) return Buffer.from(file);
  const reading = await file.open();
  try {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < file.length; at += 1_000)
      pieces.push(await reading.read(at, Math.min(file.length, at + 1_000)));
    return Buffer.concat(pieces);
  } finally {
    reading.close();
  }
}

/** Who signs the files of {@link site}. */
export const signers = [knownSigner(sampleCertificate('CallManager'))];
/** What a signed configuration holds. */
export const content = (file: Buffer, extension = '.sgn') =>
  Buffer.from(readSignedFile(file, { fileName: `${name}.cnf.xml${extension}`, signers }).content).toString();
/** What the phone makes of an encrypted one. */
export const decrypted = (file: Buffer) =>
  Buffer.from(
    openEncryptedFile(file, {
      fileName: `${name}.cnf.xml.enc.sgn`,
      signers,
      phoneKey: createPrivateKey(sampleBytes('keys/phone-key.pem')),
    }).content,
  ).toString();
