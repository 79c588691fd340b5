/** A connection from where its handshake begins. */
export interface Secured {
  /** What TLS reads from. */
  readonly raw: { readonly bytesRead: number; destroy(): unknown };
  /** Bytes that TLS has given to us. */
  readonly said: () => number;
  readonly hasAuthenticated: () => boolean;
}

/** How often those are looked at that have not authenticated, in milliseconds. */
const strangersEveryMs = 20;
const phonesEveryMs = 1_000;

/** How long others are suspected after one, in milliseconds. */
const suspectedForMs = 3_600_000;

/** Bytes that TLS may take for each that it gives to us, when a phone sends one in each record. */
const mostForOne = 128;

/**
 * Closes connections whose bytes stay in TLS. A peer of TLS 1.3 can ask for new keys as often as it likes: each time costs ten
 * microseconds and 27 bytes, and no message ever shows. No phone does; a few strangers who did would hold the processor. By
 * the time that one is found it has had up to a second of it, so for an hour after TLS 1.3 is better not offered to anybody:
 * 1.2 knows nothing of the kind, and every phone.
 */
export class TlsExcess {
  readonly #most: number;
  readonly #tell: () => void;
  readonly #elapsed: () => number;
  #foundAt = Number.NEGATIVE_INFINITY;
  readonly #strangers = new Set<Secured>();
  readonly #phones = new Set<Secured>();
  #timers: readonly NodeJS.Timeout[] = [];

  /**
   * @param most - how many bytes TLS may take of whoever has not authenticated, and without anything said after
   * @param tell - called when somebody was found who is the first for an hour
   * @param elapsed - milliseconds on a clock that never jumps
   */
  constructor(most: number, tell: () => void, elapsed: () => number = () => performance.now()) {
    this.#most = most;
    this.#tell = tell;
    this.#elapsed = elapsed;
  }

  /** Whether somebody was found within the last hour. */
  get isSuspected(): boolean {
    return this.#elapsed() - this.#foundAt < suspectedForMs;
  }

  /** @returns ends it */
  watch(connection: Secured): () => void {
    this.#strangers.add(connection);
    if (this.#timers.length === 0) {
      this.#timers = [
        setInterval(() => this.#lookAtStrangers(), strangersEveryMs).unref(),
        setInterval(() => this.#lookAtPhones(), phonesEveryMs).unref(),
      ];
    }
    return () => {
      this.#strangers.delete(connection);
      this.#phones.delete(connection);
      if (this.#strangers.size + this.#phones.size === 0) this.#rest();
    };
  }

  #lookAtStrangers(): void {
    for (const connection of this.#strangers) {
      if (connection.hasAuthenticated()) {
        this.#strangers.delete(connection);
        this.#phones.add(connection);
      } else if (connection.raw.bytesRead > this.#most) this.#close(connection);
    }
  }

  #lookAtPhones(): void {
    for (const connection of this.#phones) {
      const { raw, said } = connection;
      if (raw.bytesRead > this.#most + said() * mostForOne) this.#close(connection);
    }
  }

  #close({ raw }: Secured): void {
    const isFirst = !this.isSuspected;
    this.#foundAt = this.#elapsed();
    raw.destroy();
    if (isFirst) this.#tell();
  }

  #rest(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }
}
