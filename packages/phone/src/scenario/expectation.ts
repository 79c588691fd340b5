/** One thing that is not as expected. */
export interface Mismatch {
  /** Where, e.g. `certificate.key`; empty for the whole. */
  readonly what: string;
  readonly expected: unknown;
  readonly came: unknown;
}

/**
 * Holds what came against what a scenario expects. A text between slashes is a regular expression, null is met by nothing
 * at all (null, or absent), a mapping may have further keys, and a list must have the same length.
 */
export function mismatches(expected: unknown, came: unknown, what = ''): readonly Mismatch[] {
  if (expected === undefined) return [];
  if (Array.isArray(expected)) {
    if (!Array.isArray(came) || came.length !== expected.length) return [{ what, expected, came }];
    return expected.flatMap((entry: unknown, index) => mismatches(entry, came[index], `${what}[${index}]`));
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof came !== 'object' || came === null) return [{ what, expected, came }];
    const held: Readonly<Record<string, unknown>> = { ...came };
    return Object.entries(expected).flatMap(([key, entry]) =>
      mismatches(entry, held[key], what === '' ? key : `${what}.${key}`),
    );
  }
  return meets(expected, came) ? [] : [{ what, expected, came }];
}

/** A regular expression between slashes. */
const pattern = /^\/(.*)\/(i?)$/s;

/** Whether a text between slashes can be read as a regular expression; true for every other value. */
export function isReadable(expected: unknown): boolean {
  const [, source, flags] = typeof expected === 'string' ? (pattern.exec(expected) ?? []) : [];
  if (source === undefined) return true;
  try {
    new RegExp(source, flags);
    return true;
  } catch {
    return false;
  }
}

function meets(expected: unknown, came: unknown): boolean {
  if (expected === null) return came === null || came === undefined;
  const [, source, flags] = typeof expected === 'string' ? (pattern.exec(expected) ?? []) : [];
  if (source === undefined) return expected === came;
  return came !== null && came !== undefined && new RegExp(source, flags).test(asText(came));
}

/** A mismatch in words. */
export function describeMismatch({ what, expected, came }: Mismatch): string {
  return `${what === '' ? '' : `${what}: `}expected ${shown(expected)}, came ${shown(came)}`;
}

const longestText = 300;

function shown(value: unknown): string {
  const text = value === undefined || value === null ? 'nothing' : asText(value);
  return text.length > longestText ? `${text.slice(0, longestText)}...` : text;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
