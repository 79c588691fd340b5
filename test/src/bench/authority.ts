import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import type { LoadResult } from '@opencapf/phone/load';
import { calm } from '../authorities/chaos.js';
import { FakeCa } from '../authorities/fake-ca.js';
import { FakeEst } from '../authorities/fake-est.js';
import { temporaryDirectory } from '../support/service-process.js';
import { type BenchService, costOf, type ProcessorTime, startBenchService } from './bench-service.js';
import { circumstances } from './circumstances.js';
import { Load } from './load.js';
import { residentBytes } from './process-figures.js';
import { type AuthorityFigures, rounded, type WaitCost } from './report.js';

const phones = 200;
const warmUp = 300;

/** How long the authority takes for each answer, and how long phones make their keys. */
const seconds = 30;
/** How long a phone stays away that was hung up on, as phones do. */
const pauseMs = 30_000;
const comePerSecond = 50;
const lookEveryMs = 100;

/** What an authority elsewhere has by default: `concurrency`, and `patienceSeconds`. */
const usualConcurrency = 16;
const usualPatience = 7;

/** Until all have come, from the first one on. */
const comingMs = (phones / comePerSecond) * 1_000 + 1_000;
/** From when all have asked until all were hung up on. */
const closingMs = usualPatience * 1_000 + 2_000;
/** How long it is watched what waiting costs, from then on; nothing is answered before it is over. */
const watchedMs = 12_000;
/** An idle service is watched for as long before, when it has come to rest. */
const restMs = 5_000;
/** What is held and changes by less from one second to the next, in bytes, has come to rest. */
const restBytes = 64 * 1024;

/** What phones cost that wait for an authority elsewhere, beside as many that make their keys for as long. */
export async function measureAuthority(say: (line: string) => void): Promise<AuthorityFigures> {
  const ca = await FakeCa.create();
  const tls = await ca.tlsIdentity('server');
  await using server = await FakeEst.start({ ca, tls, acceptUnsigned: true, chaos: calm });
  say(`${phones} phones make keys`);
  const makingKeys = await measured(server, ca, undefined);
  say(`${phones} phones wait for an authority that is asked for all at once`);
  const waiting = await measured(server, ca, phones);
  say(`${phones} phones wait for an authority that is asked for ${usualConcurrency} at once`);
  const waitingAsUsual = await measured(server, ca, usualConcurrency);
  const certifiedTwice = ca.certifiedTwice().length;
  return { ...circumstances(), phones, seconds, makingKeys, waiting, waitingAsUsual, certifiedTwice };
}

/**
 * Each way has a service of its own, warmed up through both authorities, few phones at once so that the way finds no room that
 * others made.
 *
 * @param concurrency - of the authority; undefined: phones make their keys
 */
async function measured(server: FakeEst, ca: FakeCa, concurrency: number | undefined): Promise<WaitCost> {
  await using load = new Load();
  const preload = new URL('collect-garbage.js', import.meta.url).href;
  using place = temporaryDirectory();
  const held = join(place.path, 'held');
  const environment = { ...process.env, NODE_OPTIONS: `--import=${preload}`, BENCH_HELD_FILE: held };
  await using bench = await startBenchService({ environment });
  await warm(server, ca, bench, load, concurrency);
  if (concurrency === undefined) await call(bench, 'POST', '/v1/authorities/local/default', {});
  const names = await bench.prepare(phones);
  await load.equip(names);

  const heldBefore = await heldBytes(bench, held);
  const before = residentBytes(bench.service.pid);
  await pass(restMs);
  const { cost: idle } = await costOf(bench, () => pass(watchedMs));
  let peak = before;
  let heldWhile = heldBefore;
  const looking = setInterval(() => {
    peak = Math.max(peak, residentBytes(bench.service.pid));
  }, lookEveryMs);
  try {
    const watch = async (): Promise<ProcessorTime> => {
      await pass(closingMs);
      const { cost } = await costOf(bench, () => pass(watchedMs));
      clearInterval(looking);
      heldWhile = await heldBytes(bench, held);
      return cost;
    };
    const begun = performance.now();
    const { result: came, cost } = await costOf(bench, () =>
      concurrency === undefined
        ? makeKeys(bench, load, names, watch)
        : wait(server, ca, bench, load, names, Math.min(phones, concurrency), watch),
    );
    const elapsed = performance.now() - begun;
    const each = (time: number): number => rounded(time / phones);
    const beyondIdle = (of: keyof ProcessorTime): number => each(cost[of] - (idle[of] * elapsed) / watchedMs);
    return {
      finished: came.result.succeeded,
      visits: came.result.visits + came.result.visitsAgain,
      heldBytesEach: Math.round((heldWhile - heldBefore) / phones),
      peakBytesEach: Math.round((peak - before) / phones),
      idleServerMs: each(idle.server),
      waitingServerMs: each(came.watched.server),
      waitingPostgresMs: each(came.watched.postgres),
      serverMs: beyondIdle('server'),
      postgresMs: beyondIdle('postgres'),
    };
  } finally {
    clearInterval(looking);
  }
}

interface Came {
  readonly result: LoadResult;
  readonly watched: ProcessorTime;
}

async function makeKeys(
  bench: BenchService,
  load: Load,
  names: readonly string[],
  watch: () => Promise<ProcessorTime>,
): Promise<Came> {
  let watched: ProcessorTime | undefined;
  const order = { ...bench.order(names, phones), ratePerSecond: comePerSecond, releasedPerSecond: comePerSecond };
  const result = await load.hold(order, async () => {
    const released = pass(seconds * 1_000);
    await pass(1_000);
    watched = await watch();
    await released;
  });
  if (watched === undefined) throw new Error('the phones did not make keys');
  return { result, watched };
}

async function wait(
  server: FakeEst,
  ca: FakeCa,
  bench: BenchService,
  load: Load,
  names: readonly string[],
  atOnce: number,
  watch: () => Promise<ProcessorTime>,
): Promise<Came> {
  let answer = (): void => undefined;
  server.held = new Promise((resolve) => {
    answer = resolve;
  });
  const before = server.came;
  const order = { ...bench.order(names, phones), ratePerSecond: comePerSecond, alsoTrust: ca.pem };
  const coming = load.run({ ...order, comesAgain: { times: 20, pauseMs } });
  await pass(comingMs);
  for (let looks = 0; server.came - before < atOnce; looks += 1) {
    if (looks === 200) throw new Error(`${server.came - before} requests are under way instead of ${atOnce}`);
    await pass(lookEveryMs);
  }
  const answered = pass(seconds * 1_000);
  const watched = await watch();
  await answered;
  // What comes from now on is answered at once, so that the bench comes to its end.
  server.held = undefined;
  answer();
  return { result: await coming, watched };
}

/** Every phone of the warm-up is hung up on by the authority and comes again. */
async function warm(
  server: FakeEst,
  ca: FakeCa,
  bench: BenchService,
  load: Load,
  concurrency = usualConcurrency,
): Promise<void> {
  const warmed = await bench.prepare(warmUp);
  await load.equip(warmed);
  await load.run(bench.order(warmed, 16));
  const elsewhere = { kind: 'est', lscTrust: ca.pem };
  await call(bench, 'POST', '/v1/authorities', {
    ...{ name: 'Elsewhere', ...elsewhere },
    configuration: { url: server.url, timeoutSeconds: 2 * seconds, patienceSeconds: 0, concurrency },
  });
  await call(bench, 'POST', '/v1/authorities/Elsewhere/activate', { confirmed: true, makeDefault: true });
  const others = await bench.prepare(warmUp);
  await load.equip(others);
  const order = { ...bench.order(others, 16), alsoTrust: ca.pem };
  await load.run({ ...order, comesAgain: { times: 20, pauseMs: 500 } });
  await call(bench, 'PATCH', '/v1/authorities/Elsewhere', {
    configuration: { patienceSeconds: usualPatience },
  });
}

/** What the service's heap and buffers hold when garbage was collected, and sockets that were being closed are. */
async function heldBytes({ service: { pid } }: BenchService, file: string): Promise<number> {
  let held = Number.POSITIVE_INFINITY;
  for (let alike = 0, collected = 0; alike < 3 && collected < 30; collected += 1) {
    rmSync(file, { force: true });
    process.kill(pid, 'SIGUSR2');
    await pass(1_000);
    for (let looks = 0; !existsSync(file); looks += 1) {
      if (looks === 100) throw new Error('the service did not say what it holds');
      await pass(lookEveryMs);
    }
    const now = Number(readFileSync(file, 'utf8'));
    alike = Math.abs(held - now) < restBytes ? alike + 1 : 0;
    held = now;
  }
  return held;
}

async function call({ client }: BenchService, method: 'POST' | 'PATCH', path: string, content: object): Promise<void> {
  const body = { type: 'application/json', content: JSON.stringify(content) };
  const answer = await client.request(method, path, body);
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}
