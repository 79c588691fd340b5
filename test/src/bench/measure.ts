import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startTestServer } from '@opencapf/store/testing';
import { type BenchService, startBenchService } from './bench-service.js';
import type { Load } from './load.js';
import type { LoadResult } from './load-messages.js';
import { familyProcessorMs, processorMs, residentBytes } from './process-figures.js';
import { countStatements } from './statement-counter.js';

/** Processor time for so many enrolments, in milliseconds. */
export interface ProcessorTime {
  readonly server: number;
  readonly postgres: number;
}

/** Enrols one phone for each name, at most so many at once. */
export function orderFor(bench: BenchService, names: readonly string[], concurrency: number) {
  const { capf, capfCertificate } = bench.service;
  return { ...capf, trust: capfCertificate, names, concurrency };
}

/** Enrols and says what it cost the service's processes. */
export async function measureEnrolments(
  bench: BenchService,
  load: Load,
  count: number,
  concurrency: number,
): Promise<{ readonly result: LoadResult; readonly cost: ProcessorTime }> {
  const names = await bench.prepare(count);
  const before = processorTime(bench);
  const result = await load.run(orderFor(bench, names, concurrency));
  const after = processorTime(bench);
  return { result, cost: { server: after.server - before.server, postgres: after.postgres - before.postgres } };
}

/** The same load on a bare TLS server that makes one signature for each phone. */
export async function measureFloor(load: Load, warmUp: number, count: number, concurrency: number): Promise<number> {
  const child = fork(fileURLToPath(new URL('floor-process.js', import.meta.url)));
  try {
    const [{ port }] = (await once(child, 'message')) as [{ readonly port: number }];
    const order = { host: '127.0.0.1', port, concurrency };
    const names = (length: number): string[] => Array.from({ length }, () => 'SEP000000000000');
    await load.run({ ...order, names: names(warmUp) });
    const before = processorMs(child.pid ?? 0);
    await load.run({ ...order, names: names(count) });
    return processorMs(child.pid ?? 0) - before;
  } finally {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  }
}

/** Bytes of resident memory for each phone that is making its key, and whether all of them finished. */
export async function measureWaiting(
  bench: BenchService,
  load: Load,
  count: number,
): Promise<{ readonly bytesEach: number; readonly result: LoadResult }> {
  const names = await bench.prepare(count);
  const { pid } = bench.service;
  const idle = residentBytes(pid);
  let waiting = idle;
  const result = await load.hold(orderFor(bench, names, count), async () => {
    await pass(2_000); // what the handshakes needed for a moment is given back
    waiting = residentBytes(pid);
  });
  return { bytesEach: (waiting - idle) / count, result };
}

/** Statements and round trips for each enrolment, counted on the way to the database; chatter of an idle service taken off. */
export async function measureStatements(
  load: Load,
  count: number,
): Promise<{ readonly statements: number; readonly roundTrips: number }> {
  await using server = await startTestServer(undefined);
  await using counter = await countStatements(server.url);
  await using bench = await startBenchService(counter.url);
  const names = await bench.prepare(count + 1);
  await load.run(orderFor(bench, names.slice(count), 1));
  const idleMs = 2_000;
  const beforeIdle = counter.count();
  await pass(idleMs);
  const before = counter.count();
  const { elapsedMs } = await load.run(orderFor(bench, names.slice(0, count), 1));
  const after = counter.count();
  const each = (name: 'statements' | 'roundTrips'): number => {
    const chatter = ((before[name] - beforeIdle[name]) / idleMs) * elapsedMs;
    return (after[name] - before[name] - chatter) / count;
  };
  return { statements: each('statements'), roundTrips: each('roundTrips') };
}

function processorTime({ service }: BenchService): ProcessorTime {
  const [postmaster] = readFileSync(join(service.dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  return { server: processorMs(service.pid), postgres: familyProcessorMs(Number(postmaster)) };
}
