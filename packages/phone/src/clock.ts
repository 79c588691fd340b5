/** Where the phone's time comes from; tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970, with fractions, so that short steps can be measured. */
  now(): number;
  /** Calls `expire` once after so many milliseconds, unless the returned function is called before. */
  after(milliseconds: number, expire: () => void): () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after(milliseconds, expire) {
    const timer = setTimeout(expire, milliseconds);
    return () => clearTimeout(timer);
  },
};
