// Asks for files by HTTP, in a process of its own: what the bench keeps in memory is not to hold it up.

import { Agent, get } from 'node:http';
import { setTimeout as pass } from 'node:timers/promises';
import { Latencies } from '@opencapf/phone/load';
import type { Asked, FileOrder } from './file-client.js';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

process.on('message', (order: FileOrder) => void obey(order));
process.once('disconnect', () => process.exit());

async function obey({ port, paths, pace }: FileOrder): Promise<void> {
  const latencies = new Latencies();
  const failures = new Set<string>();
  const ask = async (path: string): Promise<void> => {
    const start = performance.now();
    const outcome = await fetchOne(port, path).catch((fault: Error) => fault.message);
    latencies.record('file', performance.now() - start);
    if (outcome !== 200) failures.add(`${path}: ${outcome}`);
  };
  const begun = performance.now();
  if ('atOnce' in pace) await inLanes(paths, pace.atOnce, ask);
  else await asTheyCome(paths, pace.perSecond, ask);
  const { file: times } = latencies.percentiles();
  const answer: Asked = { times, seconds: (performance.now() - begun) / 1_000, failures: [...failures] };
  process.send?.(answer);
}

/** The next one as soon as one is there, so many at once. */
async function inLanes(paths: readonly string[], atOnce: number, ask: (path: string) => Promise<void>): Promise<void> {
  const left = paths.values();
  const lane = async (): Promise<void> => {
    for (const path of left) await ask(path);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** So many a second, whatever is still under way: phones do not wait for each other. */
async function asTheyCome(
  paths: readonly string[],
  perSecond: number,
  ask: (path: string) => Promise<void>,
): Promise<void> {
  const begun = performance.now();
  const asked: Promise<void>[] = [];
  while (asked.length < paths.length) {
    const due = Math.floor(((performance.now() - begun) / 1_000) * perSecond) + 1;
    for (const path of paths.slice(asked.length, due)) asked.push(ask(path));
    await pass(1);
  }
  await Promise.all(asked);
}

async function fetchOne(port: number, path: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    get({ agent, host: '127.0.0.1', port, path }, (response) => {
      response
        .resume()
        .once('end', () => resolve(response.statusCode ?? 0))
        .once('error', reject);
    }).once('error', reject);
  });
}
