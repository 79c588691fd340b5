import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LoadResult } from '@opencapf/phone/load';
import { startTestServer } from '@opencapf/store/testing';
import { type BenchService, costOf, startBenchService } from './bench-service.js';
import { circumstances } from './circumstances.js';
import { Load } from './load.js';
import { processorMs } from './process-figures.js';
import { type EnrolmentFigures, rounded, type Times, timesOf } from './report.js';
import { countStatements } from './statement-counter.js';

const warmUp = 500;
const enrolments = 2_000;
const concurrency = 64;
const alone = 500;
const counted = 200;

/** What an enrolment costs and how long it takes, beside the floor of the same run. */
export async function measureEnrolment(): Promise<EnrolmentFigures> {
  await using load = new Load();
  const floorMs = await measureFloor(load);
  const { together, single, cost } = await measureService(load);
  return {
    ...circumstances(),
    ...{ enrolments, concurrency, failed: together.failed + single.failed },
    serverMs: rounded(cost.server / enrolments),
    floorMs: rounded(floorMs),
    postgresMs: rounded(cost.postgres / enrolments),
    perSecond: Math.round(together.perSecond),
    ...(await measureStatements(load)),
    together: stepsOf(together),
    alone: stepsOf(single),
    bottleneck: together.generator.bottleneck,
  };
}

/** Lets phones come for which installs are queued. */
export async function enrolled(
  bench: BenchService,
  load: Load,
  count: number,
  atOnce: number,
): Promise<Awaited<ReturnType<typeof costOf<LoadResult>>>> {
  const names = await bench.prepare(count);
  await load.equip(names);
  return await costOf(bench, () => load.run(bench.order(names, atOnce)));
}

async function measureService(load: Load) {
  await using bench = await startBenchService();
  await enrolled(bench, load, warmUp, concurrency);
  const { result: together, cost } = await enrolled(bench, load, enrolments, concurrency);
  const { result: single } = await enrolled(bench, load, alone, 1);
  return { together, single, cost };
}

/** The same load on a bare TLS server that makes one signature for each phone. @returns its milliseconds for each */
async function measureFloor(load: Load): Promise<number> {
  const child = fork(fileURLToPath(new URL('floor-process.js', import.meta.url)));
  try {
    const [{ port }] = (await once(child, 'message')) as [{ readonly port: number }];
    const come = async (count: number): Promise<void> => {
      const names = Array.from({ length: count }, (_, index) => `SEPF00${index.toString().padStart(9, '0')}`);
      await load.equip(names);
      await load.run({ host: '127.0.0.1', port, concurrency, names });
    };
    await come(warmUp);
    const before = processorMs(child.pid ?? 0);
    await come(enrolments);
    return (processorMs(child.pid ?? 0) - before) / enrolments;
  } finally {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  }
}

/** Counted on the way to the database; chatter of an idle service is taken off. */
async function measureStatements(load: Load): Promise<{ readonly statements: number; readonly roundTrips: number }> {
  await using server = await startTestServer(undefined);
  await using counter = await countStatements(server.url);
  await using bench = await startBenchService({ databaseUrl: counter.url });
  const names = await bench.prepare(counted + 1);
  await load.equip(names);
  await load.run(bench.order(names.slice(counted), 1));
  const idleMs = 2_000;
  const beforeIdle = counter.count();
  await pass(idleMs);
  const before = counter.count();
  const { elapsedMs } = await load.run(bench.order(names.slice(0, counted), 1));
  const after = counter.count();
  const each = (name: 'statements' | 'roundTrips'): number => {
    const chatter = ((before[name] - beforeIdle[name]) / idleMs) * elapsedMs;
    return rounded((after[name] - before[name] - chatter) / counted);
  };
  return { statements: each('statements'), roundTrips: each('roundTrips') };
}

function stepsOf({ latency }: LoadResult): Readonly<Record<string, Times>> {
  return Object.fromEntries(Object.entries(latency).map(([name, times]) => [name, timesOf(times)]));
}
