import type { XmlElement } from './element-tree.js';

/** Replaces what stands between two offsets. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Does all edits at once; of those at one place the first given comes first. They must not overlap.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const pieces: string[] = [];
  let done = 0;
  for (const edit of [...edits].sort((one, other) => one.start - other.start)) {
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

/** Takes an element out, with its line when it stands on one alone. */
export function removeElement(text: string, { start, end }: XmlElement): Edit {
  const before = lineStartBefore(text, start);
  const endsLine = /^[ \t]*(?:\r?\n|\r|$)/.test(text.slice(end, end + 256)) || text[end] === '<';
  return { start: endsLine ? start - before.length : start, end, text: '' };
}

/** Line end and blanks that stand directly before an offset; empty where something else does. */
export function lineStartBefore(text: string, offset: number): string {
  const blanks = /(?:\r\n|\n|\r)?[ \t]*$/.exec(text.slice(Math.max(0, offset - 256), offset))?.[0] ?? '';
  return /^[\r\n]/.test(blanks) ? blanks : '';
}
