import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CrowdOrders } from '../hostile/crowd-process.js';

/** A crowd of strangers at work. */
export interface Crowd extends AsyncDisposable {
  /** Resolves when it has left. */
  readonly left: Promise<unknown>;
}

/** Lets a crowd of strangers come. @returns when all of them have connected */
export async function hostileCrowd(orders: CrowdOrders): Promise<Crowd> {
  const child = fork(fileURLToPath(new URL('../hostile/crowd-process.js', import.meta.url)));
  const left = once(child, 'exit');
  const told = once(child, 'message');
  child.send(orders);
  await Promise.race([
    told,
    left.then(() => {
      throw new Error('the crowd left before all of it had come');
    }),
  ]);
  return {
    left,
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await left;
    },
  };
}
