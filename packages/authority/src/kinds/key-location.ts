import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { createSigner, type ImportedKey, importKeyFile, openTokenSigner, PkiError, type Signer } from '@opencapf/pki';
import { z } from 'zod';
import { AuthorityError } from '../errors.js';

const absolutePath = z.string().max(4096).refine(isAbsolute, 'must be an absolute path on the nodes');

const inFile = z.strictObject({
  kind: z.literal('file'),
  path: absolutePath.describe('PEM or PKCS#12, read when the authority is opened.'),
});

const inToken = z
  .strictObject({
    kind: z.literal('pkcs11'),
    module: absolutePath.describe('The PKCS#11 module of the HSM.'),
    tokenLabel: z.string().min(1).max(32).optional().describe('Label of the token; this or `slot`.'),
    slot: z.int().min(0).optional().describe('Number of the slot.'),
    keyLabel: z.string().min(1).max(256).optional().describe('CKA_LABEL of the private key; this, `keyId`, or both.'),
    keyId: z
      .string()
      .regex(/^([0-9a-fA-F]{2}){1,128}$/, 'must be hex')
      .optional()
      .describe('CKA_ID of the private key, hex.'),
  })
  .refine(({ tokenLabel, slot }) => (tokenLabel === undefined) !== (slot === undefined), 'must hold tokenLabel or slot')
  .refine(({ keyLabel, keyId }) => keyLabel !== undefined || keyId !== undefined, 'must hold keyLabel or keyId');

/** Where a private key lies that is not kept in Postgres. */
export const keyLocation = z.discriminatedUnion('kind', [inFile, inToken]);
export type KeyLocation = z.output<typeof keyLocation>;

const keySecrets = z.object({ passphrase: z.string().optional(), pin: z.string().optional() });

/**
 * Opens a key where it lies.
 *
 * @param location - as {@link keyLocation} checks it
 * @param secrets - `passphrase` of a file, `pin` of a token
 * @param spki - DER SubjectPublicKeyInfo of the key that it must be; left out, it is whichever lies there
 * @throws AuthorityError `authority-setting-invalid`, `authority-key-unusable`
 */
export async function openKeyAt(location: unknown, secrets: unknown, spki?: Uint8Array): Promise<Signer> {
  return (await readKeyAt(location, secrets, spki)).signer;
}

/** A key where it lies, open. */
export interface KeyAtPlace {
  readonly signer: Signer;
  /** DER; those that stand with it in a file. */
  readonly certificates: readonly Uint8Array[];
}

/** As {@link openKeyAt}, with the certificates that lie there. @throws as that */
export async function readKeyAt(location: unknown, secrets: unknown, spki?: Uint8Array): Promise<KeyAtPlace> {
  const at = checked(keyLocation, location, 'Where its key lies');
  const { passphrase, pin } = checked(keySecrets, secrets, 'Its secrets');
  if (at.kind === 'file') return await openFile(at.path, passphrase, spki);
  if (pin === undefined) throw new AuthorityError('authority-setting-invalid', 'The PIN of the token is not set.');
  const { kind: _, ...token } = at;
  try {
    return { signer: await openTokenSigner(token, pin, spki), certificates: [] };
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    const where = `the token ${token.tokenLabel ?? `in slot ${token.slot}`} (${token.module})`;
    throw new AuthorityError('authority-key-unusable', `Its key in ${where}: ${cause.message}`, { cause });
  }
}

async function openFile(
  path: string,
  passphrase: string | undefined,
  spki: Uint8Array | undefined,
): Promise<KeyAtPlace> {
  const { keyPair, certificates } = await readFileAt(path, passphrase);
  if (spki === undefined || Buffer.compare(keyPair.spki, spki) === 0) {
    return { signer: createSigner(keyPair), certificates };
  }
  throw new AuthorityError(
    'authority-key-unusable',
    `Its key file ${path} holds another key than the record's. Put the right one there, or make another authority of this key.`,
  );
}

async function readFileAt(path: string, passphrase: string | undefined): Promise<ImportedKey> {
  try {
    return await importKeyFile(await readFile(path), passphrase);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why =
      cause instanceof PkiError
        ? message
        : `It cannot be read (${code}). Put it there on each node, readable for the user that OpenCAPF runs as.`;
    throw new AuthorityError('authority-key-unusable', `Its key file ${path}: ${why}`, { cause });
  }
}

function checked<Output>(schema: z.ZodType<Output>, given: unknown, what: string): Output {
  const { success, data, error } = schema.safeParse(given);
  if (success) return data;
  // Zod's messages name what was expected, and hold no value that was given.
  const faults = error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new AuthorityError('authority-setting-invalid', `${what}: ${faults.join('; ')}.`);
}
