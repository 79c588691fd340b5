import { type BenchReport, type CallFigures, rounded } from './report.js';

/** Something that must hold. */
export interface Judgement {
  readonly what: string;
  readonly value: number;
  readonly atMost: number;
  readonly holds: boolean;
}

const most = {
  serverMs: 2,
  bytesEach: 64 * 1024,
  freshP99: 1_000,
  growth: 1.5,
  /** By so much for each of 200 phones an idle service's own processor time differs from one 12 s to the next. */
  idleVariesMs: 0.25,
  firstFileP99: 50,
  keptFileP99: 5,
} as const;

/** The size at which waiting phones are judged; others are reported. */
const judgedWaiting = 5_000;

/** Holds the figures of those parts that were measured against what they must be. */
export function judge({
  enrolment,
  workers = [],
  waiting = [],
  authority,
  growth = [],
  files,
}: BenchReport): readonly Judgement[] {
  const found: Judgement[] = [];
  const require = (what: string, value: number, atMost: number): void => {
    found.push({ what, value, atMost, holds: value <= atMost });
  };
  if (enrolment !== undefined) {
    require('enrolments that failed', enrolment.failed, 0);
    require('processor time of the server for each enrolment, ms', enrolment.serverMs, most.serverMs);
  }
  for (const { workers: count, failed } of workers) require(`enrolments that failed with ${count} workers`, failed, 0);
  for (const { phones, finished, bytesEach, meanwhile } of waiting) {
    if (phones !== judgedWaiting) continue;
    require(`of ${phones} waiting phones, those that did not finish`, phones - finished, 0);
    require(`bytes for each of ${phones} waiting phones`, bytesEach, most.bytesEach);
    require(`fresh phones that failed beside ${phones} waiting ones`, meanwhile?.failed ?? Number.NaN, 0);
    const p99 = meanwhile?.times?.p99 ?? Number.NaN;
    require(`p99 of a fresh phone beside ${phones} waiting ones, ms`, p99, most.freshP99);
  }
  if (authority !== undefined) {
    const { phones, makingKeys, waiting: served, waitingAsUsual: usual, certifiedTwice } = authority;
    const unfinished = 3 * phones - makingKeys.finished - served.finished - usual.finished;
    require(`of ${3 * phones} phones that made keys or waited for an authority, those that did not finish`, unfinished, 0);
    require('keys that the authority certified twice', certifiedTwice, 0);
    const each = 'each phone that waits for an authority, at most as for one that makes its key';
    require(`bytes held for ${each}`, usual.heldBytesEach, makingKeys.heldBytesEach);
    const atMost = rounded(makingKeys.waitingServerMs + most.idleVariesMs);
    require(`processor time of the server in 12 s for ${each}, ms`, served.waitingServerMs, atMost);
  }
  if (files !== undefined) {
    const { first, kept, mixedPerSecond, transfers, transfersComplete } = files;
    require('p99 of the first request of a file, ms', first.p99, most.firstFileP99);
    require('p99 of a file that is kept, ms', kept.p99, most.keptFileP99);
    require('milliseconds for each of 1,000 mixed requests', rounded(1_000 / mixedPerSecond), 1);
    require('of 200 transfers at once with lost packets, those that did not complete', transfers -
      transfersComplete, 0);
  }
  const [small] = growth;
  const large = growth.at(-1);
  if (small !== undefined && large !== undefined && large !== small) {
    const sizes = `at ${large.devices} devices, in times of that at ${small.devices}`;
    require(`cost of an enrolment ${sizes}`, ratio(large.enrolment, small.enrolment), most.growth);
    for (const [name, call] of Object.entries(large.calls)) {
      require(`cost of "${name}" ${sizes}`, ratio(call, small.calls[name]), most.growth);
    }
  }
  return found;
}

/** How much more a call costs, to two decimals. */
export function ratio(large: CallFigures, small: CallFigures | undefined): number {
  return Math.round((large.costMs / (small?.costMs ?? Number.NaN)) * 100) / 100;
}
