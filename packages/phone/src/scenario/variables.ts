const variable = /\$\{([^}]+)\}/g;

/** What `${name}` stands for; undefined when there is no such name. */
export type Lookup = (name: string) => unknown;

/** A name in `${...}` that stands for nothing. */
export class UnknownVariable extends Error {
  override readonly name = 'UnknownVariable';

  /** @param path - where it stands in the value that was given */
  constructor(
    readonly variable: string,
    readonly path: readonly (string | number)[],
  ) {
    super(`\${${variable}} stands for nothing here`);
  }
}

/**
 * The same value with variables put in, at any depth. A text that is one variable becomes what it stands for, a number for
 * example; in a longer text it is written out.
 *
 * @throws UnknownVariable
 */
export function putIn(value: unknown, lookup: Lookup, path: readonly (string | number)[] = []): unknown {
  const meaning = (name: string): unknown => {
    const found = lookup(name);
    if (found === undefined) throw new UnknownVariable(name, path);
    return found;
  };
  if (typeof value === 'string') {
    const [whole] = value.match(variable) ?? [];
    if (whole !== undefined && whole === value) return meaning(value.slice(2, -1));
    return value.replaceAll(variable, (_, name: string) => String(meaning(name)));
  }
  if (Array.isArray(value)) return value.map((entry: unknown, index) => putIn(entry, lookup, [...path, index]));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, putIn(entry, lookup, [...path, key])]));
  }
  return value;
}
