import { startBenchService } from './bench-service.js';
import { circumstances } from './circumstances.js';
import { type QueueingFigures, rounded, timesOf } from './report.js';
import { namesOf, seedIdle } from './seed.js';
import { timedCalls } from './timed-calls.js';

const operations = 100_000;
const callsAtOnce = 16;

/** How long it takes to queue an operation for each device of a large site, one call each. */
export async function measureQueueing(): Promise<QueueingFigures> {
  await using bench = await startBenchService();
  const names = namesOf('B', operations);
  await seedIdle(bench, names);
  const body = { operation: 'install', authenticationMode: 'nullString' };
  const calls = names.map((name) => ({ method: 'POST', path: `/v1/devices/${name}/operations`, body }));
  const begun = performance.now();
  const times = await timedCalls(bench.client, calls, callsAtOnce);
  const seconds = rounded((performance.now() - begun) / 1_000);
  return { ...circumstances(), operations, seconds, callsAtOnce, call: timesOf(times) };
}
