import { setTimeout as pass } from 'node:timers/promises';
import type { LoadResult } from '@opencapf/phone/load';
import { type BenchService, startBenchService } from './bench-service.js';
import { circumstances } from './circumstances.js';
import { enrolled } from './enrolment.js';
import { Load } from './load.js';
import { residentBytes } from './process-figures.js';
import { type FreshFigures, timesOf, type WaitingFigures } from './report.js';
import { namesOf, seedPending } from './seed.js';

const sizes = [1_000, 5_000, 10_000];
const warmUp = 200;

/** How fast waiting phones come, and how fast they go on when they have their key. */
const comePerSecond = 250;
const releasedPerSecond = 100;

/** Fresh phones, which come while the others wait and again while those finish. */
const freshPerSecond = 20;
const freshEach = 200;

/** What phones cost that sit in key generation, and what it is like for others meanwhile. */
export async function measureWaiting(say: (line: string) => void): Promise<readonly WaitingFigures[]> {
  const figures: WaitingFigures[] = [];
  for (const phones of sizes) {
    say(`${phones} phones`);
    await using held = new Load();
    await using others = new Load();
    await using bench = await startBenchService();
    figures.push(await measureSize(bench, held, others, phones));
  }
  return figures;
}

async function measureSize(bench: BenchService, held: Load, others: Load, phones: number): Promise<WaitingFigures> {
  const { pid } = bench.service;
  await enrolled(bench, others, warmUp, 16);
  const fresh = await bench.prepare(2 * freshEach);
  const names = namesOf('A', phones);
  await seedPending(bench, names);
  await Promise.all([held.equip(names), others.equip(fresh)]);
  const come = async (some: readonly string[]): Promise<FreshFigures> =>
    freshFigures(await others.run({ ...bench.order(some, some.length), ratePerSecond: freshPerSecond }));
  const idle = residentBytes(pid);
  let waiting = idle;
  let meanwhile: FreshFigures | undefined;
  let finishing: Promise<FreshFigures> | undefined;
  const order = { ...bench.order(names, phones), ratePerSecond: comePerSecond, releasedPerSecond };
  const result = await held.hold(order, async () => {
    await pass(2_000); // what the handshakes needed for a moment is given back
    waiting = residentBytes(pid);
    meanwhile = await come(fresh.slice(0, freshEach));
    finishing = come(fresh.slice(freshEach));
  });
  return {
    ...circumstances(),
    phones,
    finished: result.succeeded,
    bytesEach: Math.round((waiting - idle) / phones),
    ...{ releasedPerSecond, meanwhile, finishing: await finishing },
  };
}

function freshFigures({ visits, failed, latency: { visit } }: LoadResult): FreshFigures {
  return { count: visits, perSecond: freshPerSecond, failed, times: visit && timesOf(visit) };
}
