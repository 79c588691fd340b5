import type { XmlElement } from './element-tree.js';

/** Replaces what stands between two offsets. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Does all edits at once. They must not overlap; of those that begin at one place, what is only put in comes first, in the order given.
 *
 * @throws Error where they overlap, which is a mistake of the caller's
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const pieces: string[] = [];
  let done = 0;
  for (const edit of [...edits].sort((one, other) => one.start - other.start || one.end - other.end)) {
    if (edit.start < done) throw new Error(`edits of a text overlap at ${edit.start}`);
    pieces.push(text.slice(done, edit.start), edit.text);
    done = edit.end;
  }
  pieces.push(text.slice(done));
  return pieces.join('');
}

/** Puts a content into an element, its attributes left as they are. */
export function replaceContent(text: string, element: XmlElement, content: string): Edit {
  const { name, start, contentStart, contentEnd, isEmptyTag } = element;
  if (!isEmptyTag) return { start: contentStart, end: contentEnd, text: content };
  const startTag = text.slice(start, contentStart).replace(/\s*\/>$/, '>');
  return { start, end: contentStart, text: `${startTag}${content}</${name}>` };
}

/**
 * Takes elements out, and with them the lines that nothing else stands on.
 *
 * @param elements - in the order of the text, none in another
 */
export function removeElements(text: string, elements: readonly XmlElement[]): readonly Edit[] {
  const runs: { start: number; end: number }[] = [];
  for (const { start, end } of elements) {
    const last = runs.at(-1);
    if (last !== undefined && /^[ \t]*$/.test(text.slice(last.end, start))) last.end = end;
    else runs.push({ start, end });
  }
  return runs.map(({ start, end }) => {
    const lineStart = lineStartBefore(text, start);
    const lineEnd = blanksEnd(text, end);
    if (lineStart === '' || !/[\r\n]/.test(text[lineEnd] ?? '\n')) return { start, end, text: '' };
    return { start: start - lineStart.length, end: lineEnd, text: '' };
  });
}

function blanksEnd(text: string, from: number): number {
  const blanks = /[ \t]*/y;
  blanks.lastIndex = from;
  blanks.test(text);
  return blanks.lastIndex;
}

/** Line end and blanks that stand directly before an offset; empty where something else does. */
export function lineStartBefore(text: string, offset: number): string {
  const blanks = /(?:\r\n|\n|\r)?[ \t]*$/.exec(text.slice(Math.max(0, offset - 256), offset))?.[0] ?? '';
  return /^[\r\n]/.test(blanks) ? blanks : '';
}
