import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

/** Looks again and again until it is as it should be; fails with what it saw last. */
export async function eventually<Seen>(
  look: () => Promise<Seen>,
  isRight: (seen: Seen) => boolean,
  withinMs = 20_000,
): Promise<Seen> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (isRight(seen)) return seen;
    if (performance.now() > deadline) assert.fail(`not so within ${withinMs} ms: ${JSON.stringify(seen)}`);
    await delay(50);
  }
}
