import assert from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import { setTimeout as pass } from 'node:timers/promises';
import { fileLeaseMs } from '@opencapf/store';
import { configurationSigners, openEncryptedFile, readSignedFile, readTrustList } from '@opencapf/tftp/readers';

/** Settings of a service that serves phones' files on ports of its own. */
export const fileSettings = {
  OPENCAPF_TFTP: 'on',
  OPENCAPF_TFTP_PORT: '0',
  OPENCAPF_TFTP_HTTP_PORT: '0',
} as const;

/** From then on every node gives files of what a test changed in the database by itself, past the service (docs/configuration-files.md). */
export async function changesAreKnown(): Promise<void> {
  await pass(fileLeaseMs + 1);
}

/** Fetches a phone's files by HTTP as the phone does, and believes only what its first trust list vouches for. */
export class FileFetcher {
  readonly #base: string;
  readonly #name: string;
  readonly #isHasty: boolean;

  /** @param hasty - whether it asks at once, also after a test changed something in the database by itself */
  constructor(port: number, name: string, hasty?: 'hasty') {
    this.#base = `http://127.0.0.1:${port}`;
    this.#name = name;
    this.#isHasty = hasty !== undefined;
  }

  /** Undefined: not found. */
  async get(file: string): Promise<Buffer | undefined> {
    if (!this.#isHasty) await changesAreKnown();
    const response = await fetch(`${this.#base}/${file}`);
    if (response.status === 404) return undefined;
    assert.equal(response.status, 200, file);
    return Buffer.from(await response.arrayBuffer());
  }

  async trustList() {
    const file = await this.get(`ITL${this.#name}.tlv`);
    assert.ok(file, 'there is no trust list');
    return readTrustList(file, { kind: 'itl', known: 'first-list' });
  }

  /** The content of `.cnf.xml.sgn`. */
  async signed(): Promise<string> {
    const fileName = `${this.#name}.cnf.xml.sgn`;
    const file = await this.get(fileName);
    assert.ok(file, `there is no ${fileName}`);
    const signers = configurationSigners(await this.trustList());
    return Buffer.from(readSignedFile(file, { fileName, signers }).content).toString();
  }

  /** The content of `.cnf.xml.enc.sgn`; undefined: not found. */
  async encrypted(phoneKey: KeyObject): Promise<string | undefined> {
    const fileName = `${this.#name}.cnf.xml.enc.sgn`;
    const file = await this.get(fileName);
    if (file === undefined) return undefined;
    const signers = configurationSigners(await this.trustList());
    return Buffer.from(openEncryptedFile(file, { fileName, signers, phoneKey }).content).toString();
  }
}

/** What an element of a configuration says; undefined where it is missing. */
export function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}

/** A full configuration with a password in it, whose elements of a device's state are empty. */
export const fullConfiguration = `<?xml version="1.0" encoding="UTF-8"?>
<device>
  <fullConfig>true</fullConfig>
  <ipAddressMode>0</ipAddressMode>
  <capfAuthMode>0</capfAuthMode>
  <capfList></capfList>
  <certHash></certHash>
  <encrConfig>true</encrConfig>
  <sshPassword>planted-ssh-password</sshPassword>
</device>
`;
