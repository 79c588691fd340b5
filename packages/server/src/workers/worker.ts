import { once } from 'node:events';
import { checkSchemaNeeds, checkSecretKey, connectDatabase, type Database, loadSecretKey } from '@opencapf/store';
import { boundHeapGrowth } from '../heap-growth.js';
import { makeLog } from '../log.js';
import { NodeClock } from '../node/node-clock.js';
import { type PhoneService, startPhoneService } from '../phones/phone-service.js';
import { loadIdentity } from '../start/identity.js';
import { surviveFaults } from '../survive-faults.js';
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.js';

/**
 * Serves phones as the primary says, until it or a signal says to stop. When the primary dies, the process ends with it.
 *
 * @returns the exit status: 0 when it was to stop, 1 when it could not serve (the primary is told why)
 */
export async function runWorker(): Promise<number> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  // A terminal signals the whole process group, so that workers may hear of it before the primary tells them.
  process.on('SIGTERM', stop).on('SIGINT', stop);
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'stop') stop();
  });
  const told = once(process, 'message');
  await tell({ kind: 'listening' });
  const [start] = (await told) as [ToWorker];
  if (start.kind === 'stop') return 0;
  let served: Served | undefined;
  try {
    served = await serve(start, stopping.signal);
    boundHeapGrowth();
    const { address, legacyAddress } = served.phones;
    await tell({ kind: 'serving', address, legacyAddress });
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
    return 0;
  } catch (fault) {
    if (stopping.signal.aborted) return 0;
    await tell({ kind: 'failed', message: fault instanceof Error ? fault.message : String(fault) });
    return 1;
  } finally {
    await served?.stop();
  }
}

interface Served {
  readonly phones: PhoneService;
  stop(): Promise<void>;
}

async function serve({ node, settings, dataDir, connection }: WorkerStart, signal: AbortSignal): Promise<Served> {
  const log = makeLog(settings.logLevel, { worker: node.worker?.number });
  surviveFaults(log);
  const givenKey = await loadSecretKey(settings.secretKey, dataDir);
  const database = await connectDatabase(connection, { log: (line) => log.warn(line), signal });
  let phones: PhoneService | undefined;
  const stop = async (): Promise<void> => {
    await phones?.stop();
    await database.close();
  };
  try {
    phones = await startPhones(database);
    // From here on a replacement of the key, and a migration, see that this worker lives.
    await checkSecretKey(database, givenKey);
    await checkSchemaNeeds(database);
    return { phones, stop };
  } catch (fault) {
    await stop();
    throw fault;
  }

  async function startPhones(database: Database): Promise<PhoneService> {
    const secretKey = await checkSecretKey(database, givenKey);
    const identity = await loadIdentity(database, secretKey, settings);
    return await startPhoneService({ settings, database, secretKey, identity, node, clock: new NodeClock(log), log });
  }
}

async function tell(message: FromWorker): Promise<void> {
  await new Promise<void>((resolve) => {
    // A primary that is gone need not be told: this process ends with it.
    if (process.send === undefined) resolve();
    else process.send(message, undefined, {}, () => resolve());
  });
}
