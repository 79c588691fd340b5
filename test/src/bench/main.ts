import { measureAuthority } from './authority.js';
import { recordedFigures, writeFigures } from './document.js';
import { measureEnrolment } from './enrolment.js';
import { measureFiles } from './files.js';
import { measureGrowth } from './growth.js';
import { judge } from './judgement.js';
import { measureQueueing } from './queueing.js';
import type { BenchReport } from './report.js';
import { tables } from './tables.js';
import { measureWaiting } from './waiting.js';
import { measureWorkers } from './workers.js';

type Part = keyof BenchReport;

const parts: { readonly [Name in Part]-?: (say: (line: string) => void) => Promise<BenchReport[Name]> } = {
  enrolment: measureEnrolment,
  workers: measureWorkers,
  waiting: measureWaiting,
  authority: measureAuthority,
  queueing: measureQueueing,
  growth: measureGrowth,
  files: measureFiles,
};

const usage = `usage: npm run bench -- [PART ...] [--json] [--write]

PART is one of ${Object.keys(parts).join(', ')}; all without it.
--json prints the figures as JSON; --write puts them into docs/performance.json, and makes docs/performance.md and the plot
from it. With --document nothing is measured: the documents are made from docs/performance.json.
`;

/** Runs the bench. @returns the exit status: 0 when all holds that must, 1 when something does not, 2 when it was not begun */
export async function bench(args: readonly string[]): Promise<number> {
  const options = args.filter((arg) => arg.startsWith('--'));
  const named = args.filter((arg) => !arg.startsWith('--'));
  const unknown = [
    ...options.filter((option) => !['--json', '--write', '--document'].includes(option)),
    ...named.filter((name) => !(name in parts)),
  ];
  if (unknown.length > 0) {
    process.stderr.write(usage);
    return 2;
  }
  if (options.includes('--document')) {
    writeFigures(recordedFigures());
    return 0;
  }
  const asJson = options.includes('--json');
  const names = (Object.keys(parts) as Part[]).filter((name) => named.length === 0 || named.includes(name));
  let report: BenchReport = {};
  for (const name of names) {
    const figures = { [name]: await timed(name) };
    report = { ...report, ...figures };
    if (!asJson) process.stdout.write(`${tables(figures)}\n`);
  }
  const judgements = judge(report);
  if (asJson) process.stdout.write(`${JSON.stringify({ ...report, judgements }, undefined, 2)}\n`);
  else {
    for (const { what, value, atMost, holds } of judgements) {
      process.stdout.write(`${holds ? 'holds' : 'DOES NOT HOLD'}: ${what}: ${value} (at most ${atMost})\n`);
    }
  }
  if (options.includes('--write')) writeFigures(report);
  return judgements.every(({ holds }) => holds) ? 0 : 1;
}

/** Says on standard error what is being measured, and how long it took. */
async function timed(name: Part): Promise<BenchReport[Part]> {
  const begun = performance.now();
  const say = (line: string): void => {
    process.stderr.write(`bench: ${name}: ${line}\n`);
  };
  const figures = await parts[name](say);
  say(`${((performance.now() - begun) / 1_000).toFixed(0)} s`);
  return figures;
}
