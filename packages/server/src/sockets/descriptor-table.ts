import { closeSync, openSync, readFileSync } from 'node:fs';
import { devNull } from 'node:os';

/** Descriptors kept for what is no phone: the database, the admin API, files. */
const mostKept = 64;

/** How long a limit is believed, in milliseconds: an administrator may change it while the service runs. */
const limitLastsMs = 1_000;

/** Looking costs two calls of the system: where there is much room, so many connections pass between two looks. */
const mostBelieved = 32;

/**
 * Whoever makes room frees low numbers, and the lowest then says little about how many are free. So after the table was
 * full it is looked at each time, for so long, in milliseconds.
 */
const waryMs = 60_000;

/**
 * Whether a process is about to run out of descriptors. A listener in a process that has none left takes the next phone
 * and closes it unheard, so room has to be made before.
 *
 * The lowest free number is what a process gets, so the number that it gets now says how full its table is.
 *
 * @param limitNow - how many descriptors the process may have
 * @param elapsed - milliseconds on a clock that never jumps
 */
export function descriptorWatch(limitNow = descriptorLimit, elapsed = () => performance.now()): () => boolean {
  let full = 0;
  let readAt = Number.NEGATIVE_INFINITY;
  let believed = 0;
  let fullAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (elapsed() - readAt >= limitLastsMs) {
      believed = 0;
      const limit = limitNow();
      full = limit - Math.min(mostKept, Math.floor(limit / 4));
      readAt = elapsed();
    }
    if (believed > 0) {
      believed -= 1;
      return false;
    }
    try {
      const descriptor = openSync(devNull, 'r');
      closeSync(descriptor);
      if (descriptor >= full) {
        fullAt = elapsed();
        return true;
      }
      if (elapsed() - fullAt >= waryMs) believed = Math.min(mostBelieved, Math.floor((full - descriptor) / 4));
      return false;
    } catch {
      return true;
    }
  };
}

/** How many descriptors this process may have; infinite where the system does not say. */
export function descriptorLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
