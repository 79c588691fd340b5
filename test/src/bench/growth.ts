import { type BenchService, costOf, type ProcessorTime, startBenchService } from './bench-service.js';
import { circumstances } from './circumstances.js';
import { enrolled } from './enrolment.js';
import { fill, filledName } from './fill.js';
import { Load } from './load.js';
import { type CallFigures, type GrowthFigures, rounded } from './report.js';
import { withDatabase } from './seed.js';
import { type Call, timedCalls } from './timed-calls.js';

const sizes = [1_000, 100_000, 1_000_000];

/** Of each call, and of enrolments. What costs least of them counts: jobs of the service fall into the others. */
const batches = 3;
const callsInBatch = 100;
const enrolmentsInBatch = 200;

/** What every page and call costs at a small site and at large ones, in the same process. */
export async function measureGrowth(say: (line: string) => void): Promise<readonly GrowthFigures[]> {
  await using load = new Load();
  await using bench = await startBenchService();
  const figures: GrowthFigures[] = [];
  let filled = 0;
  for (const devices of sizes) {
    say(`filling in ${devices} devices`);
    await withDatabase(bench.service.database, (client) => fill(client, { from: filled, to: devices }));
    say(`measuring at ${devices} devices`);
    // A process that has just begun is slower, and so is a database that has nothing in memory.
    await measureSize(bench, load, devices, 1);
    filled = devices;
    figures.push(await measureSize(bench, load, devices, batches));
  }
  return figures;
}

async function measureSize(bench: BenchService, load: Load, devices: number, rounds: number): Promise<GrowthFigures> {
  const callsOfEach = Object.entries(await callsAt(bench, devices));
  const calls: Record<string, CallFigures> = {};
  let enrolment: CallFigures | undefined;
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, call] of callsOfEach) {
      const made = Array.from({ length: callsInBatch }, (_, index) => call(round * callsInBatch + index));
      const { result, cost } = await costOf(bench, () => timedCalls(bench.client, made, 1));
      calls[name] = cheaper(calls[name], { ...result, costMs: each(cost, callsInBatch) });
    }
    const { result, cost } = await enrolled(bench, load, enrolmentsInBatch, 8);
    const { visit } = result.latency;
    if (visit === undefined) throw new Error(`no phone of ${enrolmentsInBatch} got its LSC`);
    enrolment = cheaper(enrolment, { ...visit, costMs: each(cost, result.succeeded) });
  }
  if (enrolment === undefined) throw new RangeError('nothing was measured');
  return { ...circumstances(), devices, calls, enrolment };
}

function cheaper(one: CallFigures | undefined, { costMs, p50, p99 }: CallFigures): CallFigures {
  return one !== undefined && one.costMs <= costMs ? one : { costMs, p50, p99 };
}

/** Every list from its beginning, the devices from their middle too, every filter, and what changes something. */
async function callsAt({ client }: BenchService, devices: number): Promise<Record<string, (index: number) => Call>> {
  const limit = 20;
  const middle = filledName(devices / 2);
  const { body } = await client.get(`/v1/devices?prefix=${middle.slice(0, -1)}&limit=1`);
  const { nextCursor } = body as { readonly nextCursor: string | null };
  if (nextCursor === null) throw new Error(`no page behind ${middle}`);
  const soon = new Date(Date.now() + 30 * 86_400_000).toISOString();
  const list = (path: string) => (): Call => ({ method: 'GET', path: `${path}limit=${limit}` });
  const nameAt = (index: number): string => filledName(1 + ((index * 20 + 5) % devices));
  return {
    'devices, first page': list('/v1/devices?'),
    'devices, a page in the middle': list(`/v1/devices?cursor=${encodeURIComponent(nextCursor)}&`),
    'devices by the beginning of the name': list(`/v1/devices?prefix=${middle.slice(0, -2)}&`),
    'devices without LSC': list('/v1/devices?lsc=none&'),
    'devices with an LSC': list('/v1/devices?lsc=installed&'),
    'devices whose LSC ends soon': list(`/v1/devices?lscExpiresBefore=${soon}&`),
    'devices whose operation failed': list('/v1/devices?state=failed&'),
    'devices with a pending operation': list('/v1/devices?state=pending&'),
    'devices of a model': list('/v1/devices?model=Model%207&'),
    'devices of a pool': list('/v1/devices?devicePool=Pool%207&'),
    'devices that wait for a reset': list('/v1/devices?resetRequired=true&'),
    'operations, first page': list('/v1/operations?'),
    'operations that failed': list('/v1/operations?state=failed&'),
    'open operations': list('/v1/operations?open=true&'),
    sessions: list('/v1/sessions?'),
    audit: list('/v1/audit?'),
    'a device': (index) => ({ method: 'GET', path: `/v1/devices/${nameAt(index)}` }),
    'operations of a device': (index) => ({ method: 'GET', path: `/v1/operations?device=${nameAt(index)}` }),
    'certificates of a device': (index) => ({ method: 'GET', path: `/v1/devices/${nameAt(index)}/certificates` }),
    'change a device': (index) => ({ method: 'PUT', path: `/v1/devices/${nameAt(index)}`, body: {} }),
    'queue an operation': (index) => ({
      method: 'POST',
      path: `/v1/devices/${nameAt(index)}/operations`,
      body: { operation: 'install', authenticationMode: 'nullString', replace: true },
    }),
  };
}

function each({ server, postgres }: ProcessorTime, count: number): number {
  return rounded((server + postgres) / count);
}
