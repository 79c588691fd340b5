/**
 * Settings that make `opencapf serve` a later version.
 *
 * @param further - how many migrations it knows beyond those of this version. One adds a column, which this version does not
 * notice; two: the second renames it, which needs programs that know the first
 */
export function laterVersion(further: 1 | 2): Readonly<Record<string, string>> {
  const module = new URL('become-later-version.js', import.meta.url);
  return { NODE_OPTIONS: `--import=${module.href}?further=${further}` };
}
