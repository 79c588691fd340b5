import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  type CapfTrust,
  type HeldCertificate,
  PhoneError,
  type ProofSettings,
  readCapfTrust,
  readHeldCertificate,
} from '@opencapf/phone';
import { InvalidArgumentError } from 'commander';

/** TLS versions by the names that Node has for them. */
export const tlsVersions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

/** Where the phone's authentication string is looked for when the option is not given. */
export const authStringVariable = 'OPENCAPF_PHONE_AUTH_STRING';

/** A name or an address. @throws InvalidArgumentError */
export function hostOption(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return value;
}

/** A TCP port that can be connected to. @throws InvalidArgumentError */
export function portOption(value: string): number {
  const port = Number(value);
  if (!/^\d{1,5}$/.test(value) || port < 1 || port > 65_535) throw new InvalidArgumentError('It must be 1 to 65535.');
  return port;
}

/** Seconds, as milliseconds. @throws InvalidArgumentError */
export function timeoutOption(value: string): number {
  const milliseconds = Math.round(Number(value) * 1000);
  if (!/^\d+(\.\d+)?$/.test(value) || milliseconds < 1 || milliseconds > 86_400_000) {
    throw new InvalidArgumentError('It must be a number of seconds, at most a day.');
  }
  return milliseconds;
}

/** How often a phone comes again; 0: not at all. @throws InvalidArgumentError */
export function retriesOption(value: string): number {
  if (!/^\d{1,4}$/.test(value)) throw new InvalidArgumentError('It must be a whole number from 0 to 9999.');
  return Number(value);
}

/** Reads the file of CAPF certificates; a relative path is meant from where the command was typed. */
export function trustOption(typedIn: string): (file: string) => CapfTrust {
  return (file) => {
    try {
      return readCapfTrust(readFileSync(resolve(typedIn, file)));
    } catch (fault) {
      if (fault instanceof PhoneError) throw new InvalidArgumentError(fault.message);
      throw new InvalidArgumentError(`It cannot be read: ${fault instanceof Error ? fault.message : String(fault)}`);
    }
  };
}

/** What `--proof` may say, and what it means. */
export const proofChoices = {
  none: [],
  lsc: ['lsc'],
  mic: ['mic'],
  'lsc-first': ['lsc', 'mic'],
  'mic-first': ['mic', 'lsc'],
} as const satisfies Readonly<Record<string, ProofSettings['by']>>;

/**
 * The MIC of the phone and its key, from files; relative paths are meant from where the command was typed.
 *
 * @throws InvalidArgumentError
 */
export function readMic(certificateFile: string, keyFile: string, typedIn: string): HeldCertificate {
  const read = (file: string): Buffer => {
    try {
      return readFileSync(resolve(typedIn, file));
    } catch (fault) {
      throw new InvalidArgumentError(
        `${file} cannot be read: ${fault instanceof Error ? fault.message : String(fault)}`,
      );
    }
  };
  const mic = readHeldCertificate(read(certificateFile), read(keyFile).toString());
  if (mic === undefined) {
    throw new InvalidArgumentError(`${certificateFile} and ${keyFile} are not a certificate and its private key.`);
  }
  return mic;
}

/**
 * The authentication string: the option, standard input for `-`, else the environment; undefined when there is none.
 * One line end behind it is not part of it. Rejects when the input cannot be read.
 */
export async function readAuthString(
  option: string | undefined,
  environment: NodeJS.ProcessEnv,
  input: NodeJS.ReadableStream,
): Promise<string | undefined> {
  const given = option === '-' ? await text(input) : (option ?? environment[authStringVariable] ?? '');
  return given.replace(/\r?\n$/, '') || undefined;
}
