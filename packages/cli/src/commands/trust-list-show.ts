import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type CertificateRecord, fromPem, PkiError, readCertificate } from '@opencapf/pki';
import {
  inspectTrustList,
  type KnownSigner,
  readTrustList,
  TftpError,
  type TrustListKind,
  trustListSigners,
} from '@opencapf/tftp/readers';
import { Command, InvalidArgumentError } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { describeTrustList } from './trust-list-description.js';
import { readTrustListSource } from './trust-list-source.js';
import { trustListText } from './trust-list-text.js';

interface ShowOptions {
  readonly heldBy?: string;
  readonly inUse?: string;
  readonly soon: number;
  readonly json?: true;
}

/** `opencapf itl show` and `opencapf ctl show`: what a trust list holds, and whether phones believe it. */
export function trustListShowCommand({ terminal, typedIn }: Surroundings, kind: TrustListKind): Command {
  return new Command('show')
    .description(`print a trust list as "show ${kind}" does, verify it, and say by which record or why not`)
    .argument('<file-or-url>', 'a path, or an http, https or tftp URL')
    .option('--held-by <file-or-url>', 'the list that a phone holds: whether it takes this one in its place')
    .option('--in-use <file>', 'PEM of what servers show and sign with now: warn of what the list holds in its place')
    .option('--soon <days>', 'warn of certificates that end within so many days', soonOption, 90)
    .option('--json', 'one JSON object, for scripts')
    .addHelpText(
      'after',
      `
A file is an ITL or a CTL as it says itself; what is served under the name of one must be one. Without --held-by it is taken as a phone
takes its first list: whoever signed it soundly is believed. A list that nobody should believe is printed all the same.

Exit status: 0 verified, 1 not verified, 2 it could not be read.

Examples:
  opencapf ${kind} show http://192.0.2.10:6970/${kind.toUpperCase()}File.tlv
  opencapf ${kind} show tftp://192.0.2.10/${kind.toUpperCase()}File.tlv
  opencapf ${kind} show new.tlv --held-by old.tlv --soon 180
  cat data/capf.pem data/tftp.pem data/sast.pem > in-use.pem; opencapf ${kind} show new.tlv --in-use in-use.pem`,
    )
    .action(async (source: string, { heldBy, inUse, soon, json }: ShowOptions) => {
      try {
        const known =
          heldBy === undefined
            ? ('first-list' as const)
            : heldSigners(await readTrustListSource(heldBy, typedIn), kind);
        const file = await readTrustListSource(source, typedIn);
        const list = inspectTrustList(file, { known, ...kindServed(source) });
        const described = describeTrustList(file, list, {
          now: new Date(),
          soonDays: soon,
          inUse: inUse === undefined ? [] : await readPemFile(resolve(typedIn, inUse)),
        });
        terminal.exitCode = described.verified ? 0 : 1;
        terminal.stdout.write(
          json ? `${JSON.stringify({ source, ...described }, null, 2)}\n` : trustListText(list, described),
        );
      } catch (fault) {
        terminal.exitCode = fault instanceof TftpError ? 1 : 2;
        const told = fault instanceof Error ? fault.message : String(fault);
        const code = fault instanceof TftpError ? ` [${fault.code}]` : '';
        terminal.stderr.write(`opencapf: ${told.replaceAll(/\s*\n\s*/g, ' ')}${code}\n`);
      }
    });
}

/** What a phone takes for a URL's file must be of the kind that it asked for; a file's name on a disk says nothing. */
function kindServed(source: string): { readonly kind?: TrustListKind } {
  const kind = /^(?:https?|tftp):\/\/.*\/(ITL|CTL)[^/]*\.tlv$/i.exec(source)?.[1]?.toLowerCase();
  return kind === 'itl' || kind === 'ctl' ? { kind } : {};
}

/** Who signs what comes after a list that a phone holds. @throws TftpError when nobody should believe it */
function heldSigners(file: Uint8Array, kind: TrustListKind): readonly KnownSigner[] {
  const { claimedKind = kind } = inspectTrustList(file);
  return trustListSigners(readTrustList(file, { kind: claimedKind, known: 'first-list' }));
}

/** Every certificate of a PEM file. Rejects with what kept it from being read, in words. */
async function readPemFile(path: string): Promise<readonly CertificateRecord[]> {
  try {
    return fromPem('CERTIFICATE', await readFile(path, 'utf8')).map((der) => readCertificate(der));
  } catch (cause) {
    const why = cause instanceof PkiError ? cause.message : String((cause as NodeJS.ErrnoException).code);
    throw new Error(`cannot read certificates of ${path}: ${why}`, { cause });
  }
}

/** @throws InvalidArgumentError */
function soonOption(value: string): number {
  if (!/^\d{1,5}$/.test(value)) throw new InvalidArgumentError('It must be a whole number of days, at most 99999.');
  return Number(value);
}
