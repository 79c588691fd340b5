import { isIP } from 'node:net';
import { z } from 'zod';

/** What a setting may hold: how to check it, and the same in words for help, documentation and complaints. */
export interface SettingKind<Value> {
  /** Parses what stands in the environment (always text) or in a JSON file (text, number or boolean). */
  readonly schema: z.ZodType<Value>;
  /** Completes the sentence "NAME must be ...". */
  readonly mustBe: string;
}

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** A whole number between two bounds, both included. */
export function integer(min: number, max: number, unit = ''): SettingKind<number> {
  return {
    schema: text
      .pipe(z.string().regex(/^\d{1,15}$/))
      .transform(Number)
      .pipe(z.int().min(min).max(max)),
    mustBe: `a whole number${unit === '' ? '' : ` of ${unit}`} from ${min} to ${max}`,
  };
}

/** A TCP or UDP port; 0 lets the system choose one, which tests use. */
export function port(): SettingKind<number> {
  return integer(0, 65535);
}

/** One of a closed list of words. */
export function choice<const Words extends readonly [string, ...string[]]>(
  ...words: Words
): SettingKind<Words[number]> {
  return {
    schema: text.pipe(z.enum(words)),
    mustBe: words.length === 1 ? `"${words[0]}"` : `one of ${words.join(', ')}`,
  };
}

/** One of a closed list of numbers. */
export function oneNumberOf<const Numbers extends readonly number[]>(
  ...numbers: Numbers
): SettingKind<Numbers[number]> {
  return {
    schema: text
      .pipe(z.enum(numbers.map(String)))
      .transform((word) => numbers.find((number) => String(number) === word) ?? z.NEVER),
    mustBe: `one of ${numbers.join(', ')}`,
  };
}

/** `on` or `off`; a JSON file may say true or false. */
export function onOff(): SettingKind<boolean> {
  return {
    schema: text.pipe(z.enum(['on', 'off', 'true', 'false'])).transform((word) => word === 'on' || word === 'true'),
    mustBe: 'on or off',
  };
}

/** Text that a pattern describes. */
export function matching(pattern: RegExp, mustBe: string): SettingKind<string> {
  return { schema: text.pipe(z.string().regex(pattern)), mustBe };
}

/** An IP address or host name to listen on. */
export function host(): SettingKind<string> {
  return matching(/^[0-9A-Za-z.:%_-]{1,253}$/, 'an IP address or a host name');
}

/** A path; relative ones are read from where the command was typed. */
export function path(): SettingKind<string> {
  return {
    schema: z
      .string()
      .min(1)
      .refine((value) => !value.includes('\0')),
    mustBe: 'a path',
  };
}

/** A comma-separated list, each part of which a pattern describes. */
export function list(part: RegExp, most: number, mustBe: string): SettingKind<readonly string[]> {
  return {
    schema: z
      .string()
      .transform((value) => value.split(',').map((entry) => entry.trim()))
      .pipe(z.array(z.string().regex(part)).min(1).max(most)),
    mustBe,
  };
}

/** Addresses, and networks in CIDR form, separated by commas. */
export function networks(most: number): SettingKind<readonly string[]> {
  return {
    schema: z
      .string()
      .transform((value) => value.split(',').map((entry) => entry.trim()))
      .pipe(z.array(z.string().refine(isNetwork)).min(1).max(most)),
    mustBe: `up to ${most} IP addresses, or networks in CIDR form, separated by commas`,
  };
}

function isNetwork(entry: string): boolean {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const family = isIP(address);
  return family !== 0 && (prefix === undefined || Number(prefix) <= (family === 4 ? 32 : 128));
}

/** An attribute of a distinguished name (X.520): up to `most` printable characters. */
export function nameAttribute(most: number): SettingKind<string> {
  return matching(new RegExp(`^[^\\p{C}]{1,${most}}$`, 'u'), `1 to ${most} printable characters`);
}
