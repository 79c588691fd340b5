import type { Logger } from '../log.js';
import type { ConnectionBounds } from './connection-bounds.js';

const relieveEveryMs = 1_000;
const tellEveryMs = 60_000;

/**
 * Keeps descriptors free also where something else than phones takes them, and tells, once a minute at most, what the
 * bounds have cost.
 *
 * @returns stops it
 */
export function watchBounds(bounds: Pick<ConnectionBounds, 'relieve' | 'takeDropped'>, log: Logger): () => void {
  const relieving = setInterval(() => bounds.relieve(), relieveEveryMs).unref();
  const tell = (): void => {
    const dropped = bounds.takeDropped();
    if (dropped.size > 0) log.warn({ dropped: Object.fromEntries(dropped) }, 'connections were dropped at a bound');
  };
  const telling = setInterval(tell, tellEveryMs).unref();
  return () => {
    clearInterval(relieving);
    clearInterval(telling);
    tell();
  };
}
