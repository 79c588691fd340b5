import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FromLoad, LoadOrder, LoadResult, ToLoad } from './load-messages.js';

/** The load generator in a process of its own, so that its work is not counted as the server's. */
export class Load implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ready: Promise<FromLoad>;

  /** @param keys - how many phones will make a key in all */
  constructor(keys: number) {
    this.#child = fork(fileURLToPath(new URL('load-process.js', import.meta.url)), [String(keys)]);
    this.#ready = this.#hear('ready');
  }

  /** Resolves when its keys are made. */
  async ready(): Promise<void> {
    await this.#ready;
  }

  async run(order: LoadOrder): Promise<LoadResult> {
    const result = this.#hear('result');
    this.#tell({ kind: 'order', order });
    return await result;
  }

  /** Calls back while every phone is making its key, and then lets them go on. */
  async hold(order: LoadOrder, meanwhile: () => Promise<void>): Promise<LoadResult> {
    const holding = this.#hear('holding');
    const result = this.run({ ...order, hold: true });
    await Promise.race([holding, result]);
    await meanwhile();
    this.#tell({ kind: 'release' });
    return await result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  #tell(message: ToLoad): void {
    this.#child.send(message);
  }

  #hear<Kind extends FromLoad['kind']>(kind: Kind): Promise<Extract<FromLoad, { kind: Kind }>> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error('the load process ended'));
      const take = (message: FromLoad): void => {
        if (message.kind !== kind) return;
        this.#child.off('message', take).off('exit', ended);
        resolve(message as Extract<FromLoad, { kind: Kind }>);
      };
      this.#child.on('message', take).once('exit', ended);
    });
  }
}
