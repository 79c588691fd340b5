import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { queueOperations } from '@opencapf/phone/load';
import { type PrivateService, type PrivateServiceOptions, startPrivateService } from 'opencapf/private-service';
import { openServiceClient, type ServiceClient } from 'opencapf/service-client';
import type { Order } from './load-messages.js';
import { backendTimes, processorMs, type TimesByProcess, timeBetween } from './process-figures.js';

/** A private service whose devices have an install queued, of RSA 2048 and by null string. */
export interface BenchService extends AsyncDisposable {
  readonly service: PrivateService;
  readonly client: ServiceClient;
  /** Adds devices, queues for each, and returns their names. */
  prepare(count: number): Promise<readonly string[]>;
  /** How these phones come, so many at once. */
  order(names: readonly string[], concurrency: number): Order;
}

export async function startBenchService(options: PrivateServiceOptions = {}): Promise<BenchService> {
  const service = await startPrivateService(options);
  const { admin, capf, capfCertificate, token } = service;
  const client = openServiceClient({ server: admin, authority: capfCertificate, token });
  let devices = 0;
  return {
    service,
    client,
    async prepare(count) {
      const names = Array.from({ length: count }, () => {
        devices += 1;
        return `SEPBE${devices.toString(16).toUpperCase().padStart(10, '0')}`;
      });
      const key = { kind: 'rsa', size: 2048 } as const;
      const orders = names.map((name) => ({ name, key, errand: 'install', authenticationMode: 'nullString' }) as const);
      await queueOperations(client.request, orders);
      return names;
    },
    order: (names, concurrency) => ({ ...capf, trust: capfCertificate, names, concurrency }),
    async [Symbol.asyncDispose]() {
      await client.close();
      await service[Symbol.asyncDispose]();
    },
  };
}

/** Processor time in milliseconds. */
export interface ProcessorTime {
  readonly server: number;
  /** Of the database's connections; its housekeeping is not in it. */
  readonly postgres: number;
}

/** What a piece of work cost the service and its embedded database. */
export async function costOf<Result>(
  { service }: BenchService,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly cost: ProcessorTime }> {
  const [postmaster] = readFileSync(join(service.dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  const read = (): { readonly server: number; readonly backends: TimesByProcess } => ({
    server: processorMs(service.pid),
    backends: backendTimes(Number(postmaster)),
  });
  const before = read();
  const result = await work();
  const after = read();
  return {
    result,
    cost: { server: after.server - before.server, postgres: timeBetween(before.backends, after.backends) },
  };
}
