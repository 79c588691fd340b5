import { setTimeout as pass } from 'node:timers/promises';
import type { LoadResult } from '@opencapf/phone/load';
import { type Chaos, calm } from '../authorities/chaos.js';
import { FakeCa } from '../authorities/fake-ca.js';
import { FakeEst } from '../authorities/fake-est.js';
import { type BenchService, costOf, startBenchService } from './bench-service.js';
import { circumstances } from './circumstances.js';
import { enrolled } from './enrolment.js';
import { Load } from './load.js';
import { residentBytes } from './process-figures.js';
import { type AuthorityFigures, rounded, type WaitCost } from './report.js';

const phones = 200;
const warmUp = 400;

/** How long the authority takes for each answer, and how long phones make their keys. */
const seconds = 30;
/** How long a phone stays away that was hung up on, as phones do. */
const pauseMs = 30_000;
const comePerSecond = 50;
const lookEveryMs = 100;

/** What phones cost that wait for an authority elsewhere, beside as many that make their keys for as long. */
export async function measureAuthority(say: (line: string) => void): Promise<AuthorityFigures> {
  const ca = await FakeCa.create();
  const slow: Chaos = { ...calm, fate: () => ({ delayMs: seconds * 1_000, course: 'serve' }) };
  const tls = await ca.tlsIdentity('server');
  await using server = await FakeEst.start({ ca, tls, acceptUnsigned: true, chaos: calm });
  say(`${phones} phones make keys`);
  const makingKeys = await measured(server, ca, async (bench, load, names) => {
    const order = { ...bench.order(names, phones), ratePerSecond: comePerSecond, releasedPerSecond: comePerSecond };
    return await load.hold(order, () => pass(seconds * 1_000));
  });
  say(`${phones} phones wait for an authority`);
  const waiting = await measured(server, ca, async (bench, load, names) => {
    server.chaos = slow;
    await call(bench, '/v1/authorities/Slow/default', {});
    const order = { ...bench.order(names, phones), ratePerSecond: comePerSecond };
    return await load.run({ ...order, alsoTrust: ca.pem, comesAgain: { times: 20, pauseMs } });
  });
  const certifiedTwice = ca.certifiedTwice().length;
  return { ...circumstances(), phones, seconds, makingKeys, waiting, certifiedTwice };
}

/** Each way has a service of its own, warmed up through both authorities, so that neither finds room that the other made. */
async function measured(
  server: FakeEst,
  ca: FakeCa,
  come: (bench: BenchService, load: Load, names: readonly string[]) => Promise<LoadResult>,
): Promise<WaitCost> {
  server.chaos = calm;
  await using load = new Load();
  await using bench = await startBenchService();
  await enrolled(bench, load, warmUp / 2, 16);
  await call(bench, '/v1/authorities', {
    ...{ name: 'Slow', kind: 'est', lscTrust: ca.pem },
    // All at once, which is the most that it can cost.
    configuration: { url: server.url, timeoutSeconds: 2 * seconds, concurrency: phones },
  });
  await call(bench, '/v1/authorities/Slow/activate', { confirmed: true, makeDefault: true });
  const before = await bench.prepare(warmUp / 2);
  await load.equip(before);
  await load.run({ ...bench.order(before, 16), alsoTrust: ca.pem });
  await call(bench, '/v1/authorities/local/default', {});
  const names = await bench.prepare(phones);
  await load.equip(names);

  const { pid } = bench.service;
  const idle = residentBytes(pid);
  let peak = idle;
  const looking = setInterval(() => {
    peak = Math.max(peak, residentBytes(pid));
  }, lookEveryMs);
  try {
    const { result, cost } = await costOf(bench, () => come(bench, load, names));
    return {
      finished: result.succeeded,
      visits: result.visits + result.visitsAgain,
      bytesEach: Math.round((peak - idle) / phones),
      serverMs: rounded(cost.server / phones),
      postgresMs: rounded(cost.postgres / phones),
    };
  } finally {
    clearInterval(looking);
  }
}

async function call({ client }: BenchService, path: string, content: object): Promise<void> {
  const body = { type: 'application/json', content: JSON.stringify(content) };
  const answer = await client.request('POST', path, body);
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}
