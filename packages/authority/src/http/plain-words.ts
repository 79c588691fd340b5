/** Longer than any explanation that a person wants to read in a list. */
const longestWords = 500;

/**
 * An authority's own words as they may be shown: tags, control characters and runs of blanks are gone, and what of our
 * secrets it gave back.
 *
 * @param secrets - What must not appear, in every form in which it was sent.
 * @returns at most 500 characters; empty when nothing is left.
 */
export function plainWords(text: string, secrets: readonly string[] = []): string {
  const told = secrets
    .filter((secret) => secret !== '')
    .reduce((words, secret) => words.replaceAll(secret, '***'), text)
    .replace(/<(style|script)\b.*?<\/\1\s*>/gis, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return told.length <= longestWords ? told : `${told.slice(0, longestWords - 1)}…`;
}
