import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadResult } from '@opencapf/phone/load';
import type { FromLoad, Order, ToLoad } from './load-messages.js';

/** The load generator in a process of its own, so that its work is not counted as the server's. */
export class Load implements AsyncDisposable {
  readonly #child: ChildProcess = fork(fileURLToPath(new URL('load-process.js', import.meta.url)));

  /** Makes keys for phones that are to come. */
  async equip(names: readonly string[]): Promise<void> {
    const ready = this.#hear('ready');
    this.#tell({ kind: 'names', names });
    await ready;
  }

  /** Lets phones come; resolves when all have left. */
  async run(order: Order): Promise<LoadResult> {
    const answer = this.#hear('result');
    this.#tell({ kind: 'order', order });
    return (await answer).result;
  }

  /** Lets phones come, calls back while every one is making its key, and lets them go on when that has begun. */
  async hold(
    order: Order & Required<Pick<Order, 'releasedPerSecond'>>,
    meanwhile: () => Promise<void>,
  ): Promise<LoadResult> {
    const holding = this.#hear('holding');
    const result = this.run(order);
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
