import cluster, { type Worker } from 'node:cluster';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type Database,
  type DatabaseConnection,
  endLostSessions,
  forgetNode,
  type ServingNode,
  type SettingValues,
} from '@opencapf/store';
import { ServerError } from '../errors.js';
import type { Logger } from '../log.js';
import { startHeartbeat } from '../node/heartbeat.js';
import type { NodeClock } from '../node/node-clock.js';
import type { PhoneService } from '../phones/phone-service.js';
import { RestartBackoff } from './restart-backoff.js';
import type { FromWorker, ToWorker, WorkerServing, WorkerStart } from './worker-messages.js';
import { workerShare } from './worker-share.js';

/** What workers are made with. */
export interface WorkersOptions {
  readonly settings: SettingValues;
  readonly dataDir: string;
  readonly database: Database;
  /** Where workers reach the database. */
  readonly connection: DatabaseConnection | string;
  /** The primary: this process. */
  readonly node: ServingNode;
  readonly clock: NodeClock;
  readonly log: Logger;
  /** Gives up a start that is under way. */
  readonly signal: AbortSignal;
}

/** How long a worker may take to end beyond the time that its sessions get, in milliseconds. */
const endingMs = 5_000;

/**
 * Serves phones in several processes that share the listeners. One that dies is made again; its sessions are lost to their
 * phones only, which try again, and their operations wait for them at once.
 *
 * The workers take connections from the kernel themselves. Handing them out from here would cost each enrolment another
 * process's time, and a worker that is handed one connection in a turn of its event loop would not see a flood as a whole, which
 * is what lets it serve one network after the other.
 *
 * @throws ServerError `worker-failed`
 */
export async function startWorkers(options: WorkersOptions): Promise<PhoneService> {
  const { settings, database, node, clock, log, signal } = options;
  const heartbeat = await startHeartbeat({ database, node, clock, log });
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('./worker-process.js', import.meta.url)),
    args: [],
    serialization: 'advanced',
  });
  const keepers = Array.from({ length: settings.workers }, (_, index) => new WorkerKeeper(index + 1, options));
  const stop = async (): Promise<void> => {
    heartbeat.draining();
    await Promise.all(keepers.map(async (keeper) => await keeper.stop()));
    await heartbeat.stop();
  };
  try {
    const [first] = await Promise.all(keepers.map(async (keeper) => await keeper.begin(signal)));
    if (first === undefined) throw new ServerError('worker-failed', 'there is none');
    const { address, legacyAddress } = first;
    const problem = (): string | undefined =>
      keepers.some(({ serving }) => serving) ? undefined : 'no worker serves phones';
    log.info({ workers: keepers.length }, 'workers serve phones');
    return { address, legacyAddress, problem, stop };
  } catch (fault) {
    await stop();
    throw fault;
  }
}

/** Keeps one worker alive. */
class WorkerKeeper {
  readonly #number: number;
  readonly #options: WorkersOptions;
  readonly #backoff = new RestartBackoff();
  readonly #stopping = new AbortController();
  #worker: Worker | undefined;
  #ended: Promise<void> = Promise.resolve();
  #serving = false;

  constructor(number: number, options: WorkersOptions) {
    this.#number = number;
    this.#options = options;
  }

  get serving(): boolean {
    return this.#serving;
  }

  /** Makes the worker for the first time. @throws ServerError `worker-failed` */
  async begin(signal: AbortSignal): Promise<WorkerServing> {
    return await new Promise((resolve, reject) => {
      const giveUp = (): void => reject(signal.reason);
      signal.addEventListener('abort', giveUp, { once: true });
      this.#ended = this.#keep(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
    });
  }

  /** Lets the worker's sessions finish for as long as they get, then ends it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#tell({ kind: 'stop' });
    const limitMs = this.#options.settings.drainTimeout * 1000 + endingMs;
    const late = setTimeout(() => this.#worker?.process.kill('SIGKILL'), limitMs);
    await this.#ended;
    clearTimeout(late);
  }

  async #keep(onServing: (serving: WorkerServing) => void, onFailed: (fault: ServerError) => void): Promise<void> {
    let first = true;
    while (!this.#stopping.signal.aborted) {
      const began = performance.now();
      const failure = await this.#run((serving) => {
        first = false;
        onServing(serving);
      });
      if (this.#stopping.signal.aborted) return;
      if (first) {
        onFailed(new ServerError('worker-failed', failure ?? 'it was told to stop'));
        return;
      }
      const { log } = this.#options;
      const worker = this.#number;
      if (failure === undefined) {
        log.info({ worker }, 'a worker was told to stop, and is made again');
        continue;
      }
      const restartInMs = this.#backoff.next(performance.now() - began);
      log.error({ worker, failure, restartInMs }, 'a worker ended, and is made again');
      await delay(restartInMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  /** Runs a worker to its end. @returns what it died of, in words; undefined when somebody told it to stop */
  async #run(onServing: (serving: WorkerServing) => void): Promise<string | undefined> {
    const id = randomUUID();
    const worker = cluster.fork();
    this.#worker = worker;
    let told: string | undefined;
    const ended = new Promise<string | undefined>((resolve) => {
      worker.once('error', (fault) => resolve(fault.message));
      worker.once('exit', (status, signal) => resolve(status === 0 ? undefined : (signal ?? `exit status ${status}`)));
    });
    worker.on('message', (message: FromWorker) => {
      switch (message.kind) {
        case 'listening':
          this.#tell(this.#stopping.signal.aborted ? { kind: 'stop' } : this.#startOf(id, worker));
          break;
        case 'serving':
          this.#serving = true;
          onServing(message);
          break;
        case 'failed':
          told = message.message;
          break;
      }
    });
    const end = await ended;
    this.#serving = false;
    this.#worker = undefined;
    await this.#takeUp(id);
    return told ?? end;
  }

  #startOf(id: string, worker: Worker): WorkerStart {
    const { node, settings, dataDir, connection } = this.#options;
    const processId = worker.process.pid ?? 0;
    const own = { ...node, id, processId, worker: { of: node.id, number: this.#number } };
    return { kind: 'start', node: own, settings: workerShare(settings), dataDir, connection };
  }

  /** What the worker was at when it ended waits for the phones again. */
  async #takeUp(id: string): Promise<void> {
    const { database, node, log } = this.#options;
    try {
      await forgetNode(database, id);
      const lost = await endLostSessions(database, node.id);
      if (lost > 0) log.info({ worker: this.#number, lost }, 'ended sessions of a worker that is gone');
    } catch (err) {
      log.warn({ err, worker: this.#number }, 'what a worker left behind could not be taken up yet');
    }
  }

  #tell(message: ToWorker): void {
    // One that is about to end hears no more.
    if (this.#worker?.isConnected()) this.#worker.send(message, () => undefined);
  }
}
