import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readConfiguration } from '@opencapf/server/configuration';
import { openServiceStore } from '@opencapf/server/service-store';
import { settings as declarations, replaceSecretKeyFile, rotateSecretKey, SecretKey } from '@opencapf/store';
import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';

/** `opencapf secrets ...`: the key that protects what is encrypted at rest. */
export function secretsCommand(surroundings: Surroundings): Command {
  const rotate = new Command('rotate')
    .description('seal everything that is encrypted at rest with a new key')
    .option(
      '--new-key-file <file>',
      `holds the new key, 32 bytes in base64; else ${declarations.newSecretKey.name} does`,
    )
    .addHelpText(
      'after',
      `
Works on the database and the data directory itself; the old key is OPENCAPF_SECRET_KEY, or secret.key in the data
directory, which the new one replaces. Stop every node first. After an interruption run it again with the same two keys:
it goes on where it was, and no node starts before it is done. Where nodes have data directories of their own, run it
with each of them.

Exit status: 0 done, 2 not.

Example:
  openssl rand -base64 32 > new.key
  opencapf secrets rotate --new-key-file new.key`,
    )
    .action(async ({ newKeyFile }: { readonly newKeyFile?: string }) => {
      try {
        process.stdout.write(`${await rotateSecrets(surroundings, newKeyFile)}\n`);
      } catch (fault) {
        process.exitCode = 2;
        const message = fault instanceof Error ? fault.message : String(fault);
        process.stderr.write(`opencapf: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
      }
    });
  return new Command('secrets').description('the key that protects secrets at rest').addCommand(rotate);
}

async function rotateSecrets(
  { typedIn, defaultDirectories }: Surroundings,
  newKeyFile: string | undefined,
): Promise<string> {
  const configuration = readConfiguration(process.env, typedIn, defaultDirectories);
  const { secretKey: given, newSecretKey } = configuration.given;
  const text = newKeyFile === undefined ? newSecretKey : await readKeyFile(resolve(typedIn, newKeyFile));
  if (text === undefined) throw new Error(`give --new-key-file, or set ${declarations.newSecretKey.name}`);
  const after = SecretKey.parse(text);
  // The replacement looks at the key itself: it may be half done.
  await using store = await openServiceStore(configuration, async (_database, key) => key);
  const { database, dataDir, secretKey: before } = store;
  const resealed = await rotateSecretKey({ database, dataDir, before, after });
  const counts = [
    `private keys ${resealed.privateKeys}`,
    `authentication strings ${resealed.authenticationStrings}`,
    `secrets of authorities ${resealed.authoritySecrets}`,
    `configuration files ${resealed.configurations}`,
    `symmetric keys ${resealed.symmetricKeys}`,
  ];
  const done = `Sealed anew: ${counts.join(', ')}.`;
  if (given !== undefined)
    return `${done} Set ${declarations.secretKey.name} to the new key on every node, then start.`;
  await replaceSecretKeyFile(dataDir, text);
  return `${done} The new key is in ${resolve(dataDir, 'secret.key')}.`;
}

async function readKeyFile(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((fault: NodeJS.ErrnoException) => {
    throw new Error(`--new-key-file ${path} cannot be read (${fault.code})`, { cause: fault });
  });
}
