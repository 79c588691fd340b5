import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Percentiles } from '@opencapf/phone/load';

/** Files to ask for. */
export interface FileOrder {
  readonly port: number;
  readonly paths: readonly string[];
  /** So many at once, as fast as they come; or so many a second, however many are under way. */
  readonly pace: { readonly atOnce: number } | { readonly perSecond: number };
}

/** What came of an order. */
export interface Asked {
  readonly times: Percentiles | undefined;
  readonly seconds: number;
  /** What was not answered with 200, and how. */
  readonly failures: readonly string[];
}

/** Asks for files from a process of its own. */
export class FileClient implements AsyncDisposable {
  readonly #child: ChildProcess = fork(fileURLToPath(new URL('file-client-process.js', import.meta.url)));

  /** @throws when a file is not there */
  async fetch(order: FileOrder): Promise<{ readonly times: Percentiles; readonly seconds: number }> {
    const ended = new AbortController();
    const end = (): void => ended.abort(new Error('the process that asks for files ended'));
    this.#child.once('exit', end);
    const answer = once(this.#child, 'message', { signal: ended.signal });
    this.#child.send(order);
    const [{ times, seconds, failures }] = (await answer) as [Asked];
    this.#child.off('exit', end);
    if (times === undefined || failures.length > 0) {
      throw new Error(`${failures.length} files were not given, such as ${failures[0]}`);
    }
    return { times, seconds };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
