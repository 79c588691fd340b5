import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { StoreError } from '../../errors.js';
import type { AuditSigner, ChainHead } from './audit-signature.js';

/** Where the chains stood when they were signed last. */
export interface SignedHeads {
  readonly signedAt: Date;
  readonly heads: readonly ChainHead[];
}

const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((hex) => Buffer.from(hex, 'hex'));

const content = z.strictObject({
  signedAt: z.iso.datetime().transform((at) => new Date(at)),
  key: z.string(),
  chains: z.array(z.strictObject({ chain: z.int(), genesis: hash, sequence: z.int(), hash })),
  signature: z.base64().transform((text) => Buffer.from(text, 'base64')),
});

/** The file's path in a data directory. */
export function auditHeadsPath(dataDir: string): string {
  return join(dataDir, 'audit-heads.json');
}

/**
 * The heads that were signed last.
 *
 * @returns undefined when there is no file
 * @throws StoreError `audit-heads-unreadable`, also for a signature that is not of this key
 */
export async function readSignedHeads(dataDir: string, signer: AuditSigner): Promise<SignedHeads | undefined> {
  const path = auditHeadsPath(dataDir);
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw new StoreError('audit-heads-unreadable', `${path}, ${cause.code}`, { cause });
  });
  if (text === undefined) return undefined;
  const parsed = content.safeParse(parseJson(text));
  if (!parsed.success) throw new StoreError('audit-heads-unreadable', `${path} is not of the right form`);
  const { signedAt, key, chains, signature } = parsed.data;
  if (!signer.verifies('heads', signedAt, chains, signature)) {
    throw new StoreError('audit-heads-unreadable', `${path}: signed with key ${key}, this one is ${signer.keyId}`);
  }
  return { signedAt, heads: chains };
}

/**
 * Puts signed heads in the place of those before, all of them or nothing.
 *
 * @throws StoreError `audit-heads-unreadable`
 */
export async function writeSignedHeads(
  dataDir: string,
  signer: AuditSigner,
  { signedAt, heads }: SignedHeads,
): Promise<void> {
  const path = auditHeadsPath(dataDir);
  const chains = heads.map((head) => ({
    ...head,
    genesis: head.genesis.toString('hex'),
    hash: head.hash.toString('hex'),
  }));
  const signature = signer.sign('heads', signedAt, heads).toString('base64');
  const text = `${JSON.stringify({ signedAt, key: signer.keyId, chains, signature }, null, 1)}\n`;
  const draft = `${path}.${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new StoreError('audit-heads-unreadable', path, { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
