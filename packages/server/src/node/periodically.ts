/**
 * Does something again and again, and leaves out the times at which it is still at it.
 *
 * @param work - never rejects
 * @param first - when it is done first
 * @returns stops it, when what is under way is done
 */
export function periodically(
  everyMs: number,
  work: () => Promise<void>,
  first: 'now' | 'later' = 'later',
): () => Promise<void> {
  let underWay: Promise<void> | undefined;
  const begin = (): void => {
    underWay ??= work().finally(() => {
      underWay = undefined;
    });
  };
  if (first === 'now') begin();
  const timer = setInterval(begin, everyMs);
  return async () => {
    clearInterval(timer);
    await underWay;
  };
}
