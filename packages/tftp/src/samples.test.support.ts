import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { exportPkcs8, importPkcs8, type KeyPair, readCertificate } from '@opencapf/pki';
import { createFileSigner, type FileSigner } from './index.js';

const folder = new URL('../conformance/', import.meta.url);

/** What the index says of a record. */
export interface SampleRecord {
  readonly length: number;
  readonly subject: string;
  readonly serial: string;
  readonly role: number;
  readonly certificateSha1: string;
  readonly tags: readonly number[];
}

/** What the index says of a header. */
export interface SampleHeader {
  readonly tags: readonly number[];
  readonly headerLength: number;
  readonly signerVersion?: string;
  readonly signerName: string;
  readonly issuerName: string;
  readonly serialNumber: string;
  readonly hashAlgorithm: number;
  readonly filename: string;
  readonly timestamp: number;
  readonly payloadBytes: number;
  readonly signatureOffset: number;
  readonly records?: readonly SampleRecord[];
}

/** One entry of the index that describes a file for phones. */
export interface Sample {
  readonly path: string;
  readonly header: SampleHeader;
  readonly expect: { readonly result: string; readonly payload?: string; readonly decrypts_to?: string };
}

const index: { readonly files: readonly Partial<Sample>[] } = JSON.parse(sampleBytes('index.json').toString());

/** Every file for phones that the index lists. */
export const samples: readonly Sample[] = index.files.filter((file): file is Sample => file.header !== undefined);

/** A sample on memory of its own. */
export function sampleBytes(path: string): Buffer {
  return Buffer.from(readFileSync(new URL(path, folder)));
}

/** The index's entry of one file. */
export function sampleAt(path: string): Sample {
  const found = samples.find((sample) => sample.path === path);
  if (found === undefined) throw new Error(`There is no sample ${path}.`);
  return found;
}

export function sampleCertificate(name: string) {
  return readCertificate(sampleBytes(`keys/${name}.pem`).toString());
}

export function sampleKeys(name: string): KeyPair {
  return importPkcs8(exportPkcs8(createPrivateKey(sampleBytes(`keys/${name}.pem`).toString())));
}

export function sampleSigner(name: string): FileSigner {
  return createFileSigner(sampleCertificate(name), sampleKeys(name));
}

/** The name that a configuration sample is asked for by. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * The same file signed again after it was altered, by code that shares nothing with the writers.
 *
 * @param signatureAt - Where the item with the signature, of 2048 bits, stands.
 */
export function signedAgain(file: Uint8Array, signatureAt: number, signer: string, hash: 'sha1' | 'sha512'): Buffer {
  const [start, end] = [signatureAt + 3, signatureAt + 3 + 256];
  const signed = Buffer.concat([file.subarray(0, signatureAt), file.subarray(end)]);
  const signature = sign(hash, signed, privateKeyOf(signer));
  return Buffer.concat([file.subarray(0, start), signature, file.subarray(end)]);
}

const privateKeys = new Map<string, KeyObject>();

function privateKeyOf(name: string): KeyObject {
  const key = privateKeys.get(name) ?? sampleKeys(name).privateKey;
  privateKeys.set(name, key);
  return key;
}
