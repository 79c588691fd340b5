import type { LoadProgress, Making } from '@opencapf/phone/load';
import { Presets, SingleBar } from 'cli-progress';

/** A bar on standard error while a load is made ready and runs; nothing where that is no terminal. */
export class LoadProgressBar {
  #bar: SingleBar | undefined;
  #what = '';

  /** Shows how far a part of the work before the load has come. */
  making(what: string, { made, of }: Making): void {
    this.#begin(what, of, '');
    this.#bar?.update(made);
  }

  /** Shows how far the load has come. */
  visits({ done, failed, underWay }: LoadProgress, of: number): void {
    const format = '{failed} failed, {underWay} under way, {eta_formatted} to go';
    this.#begin('phones', of, format);
    this.#bar?.update(done, { failed, underWay });
  }

  /** Takes the bar away. */
  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #begin(what: string, of: number, rest: string): void {
    if (this.#what === what) return;
    this.end();
    this.#what = what;
    const format = `${what} {bar} {value}/{total} ${rest}`;
    this.#bar = new SingleBar(
      { format, stream: process.stderr, clearOnComplete: true, hideCursor: true, fps: 5, etaBuffer: 200 },
      Presets.rect,
    );
    this.#bar.start(of, 0, { failed: 0, underWay: 0 });
  }
}
