import { AuthorityError } from '@opencapf/authority';
import type { z } from 'zod';

/** What an administrator says of a new authority. */
export interface AuthorityInput {
  readonly name: string;
  readonly kind: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** PEM of the certificate that LSCs are signed by, and of those above it. */
  readonly lscTrust?: string | undefined;
}

/**
 * What administrators say of an authority, as a schema takes it.
 *
 * @throws AuthorityError `authority-setting-invalid`
 */
export function checked<Output>(schema: z.ZodType<Output>, given: unknown): Output {
  const { success, data, error } = schema.safeParse(given);
  if (success) return data;
  // Zod's messages name what was expected, and hold no value that was given.
  const faults = error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new AuthorityError('authority-setting-invalid', `Settings of the authority: ${faults.join('; ')}.`);
}

/** Without what is undefined. */
export function defined<Value>(given: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, Value] => entry[1] !== undefined));
}

/** Without what is null, which takes a setting away. */
export function withoutNull<Value>(given: Readonly<Record<string, Value | null>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, Value] => entry[1] !== null));
}
