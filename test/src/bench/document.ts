import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/service-process.js';
import { plot } from './plot.js';
import type { BenchReport } from './report.js';
import { tables } from './tables.js';

const figuresFile = join(root, 'docs', 'performance.json');
const documentFile = join(root, 'docs', 'performance.md');
const plotFile = join(root, 'docs', 'performance.svg');

/** What stands between these lines of the document is made from the figures. */
const begin = '<!-- figures: made by `npm run bench -- --write` -->';
const end = '<!-- end of figures -->';

/** What a file of the documents should hold, and where. */
export interface DocumentFile {
  readonly path: string;
  readonly content: string;
}

/** The figures that stand in the repository. */
export function recordedFigures(): BenchReport {
  return existsSync(figuresFile) ? (JSON.parse(readFileSync(figuresFile, 'utf8')) as BenchReport) : {};
}

/** The documents as these figures make them. */
export function documents(figures: BenchReport): readonly DocumentFile[] {
  const document = readFileSync(documentFile, 'utf8');
  const start = document.indexOf(begin);
  const stop = document.indexOf(end);
  if (start === -1 || stop < start) throw new Error(`${documentFile} has no place for figures`);
  const kept = [document.slice(0, start + begin.length), document.slice(stop)];
  return [
    { path: figuresFile, content: `${JSON.stringify(figures, undefined, 2)}\n` },
    { path: documentFile, content: kept.join(`\n\n![The figures as bars](performance.svg)\n\n${tables(figures)}\n`) },
    { path: plotFile, content: plot(figures) },
  ];
}

/** Puts the figures of parts that were measured in the place of earlier ones, and writes the documents anew. */
export function writeFigures(measured: BenchReport): void {
  for (const { path, content } of documents({ ...recordedFigures(), ...measured })) writeFileSync(path, content);
}
