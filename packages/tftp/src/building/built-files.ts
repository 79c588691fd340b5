/**
 * Keeps what was made, in so many bytes at most; who asks at the same time waits for the same making. The one that was asked for the
 * longest time ago makes room.
 *
 * What is dropped while it is being made is given to those who wait for it, and kept for nobody else.
 */
export class BuiltFiles<Built> {
  readonly #mostBytes: number;
  readonly #size: (built: Built) => number;
  readonly #making = new Map<string, Promise<Built>>();
  /** In the order in which they were asked for last. */
  readonly #kept = new Map<string, Kept<Built>>();
  #bytes = 0;
  #keeps = true;

  /** @param size - bytes that one counts for, beside what an entry costs */
  constructor(mostBytes: number, size: (built: Built) => number) {
    this.#mostBytes = mostBytes;
    this.#size = size;
  }

  /** Bytes kept now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Gives what is kept, or makes it. What fails is not kept. */
  async get(key: string, make: () => Promise<Built>): Promise<Built> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept.built;
    }
    const begun = this.#making.get(key);
    if (begun !== undefined) return await begun;
    const making = make();
    if (this.#keeps) this.#making.set(key, making);
    const isWanted = (): boolean => this.#making.get(key) === making;
    try {
      const built = await making;
      if (isWanted()) this.#keep(key, built);
      return built;
    } finally {
      if (isWanted()) this.#making.delete(key);
    }
  }

  /** Forgets one. */
  drop(key: string): void {
    this.#making.delete(key);
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }

  /** Forgets all. */
  clear(): void {
    this.#making.clear();
    this.#kept.clear();
    this.#bytes = 0;
  }

  /** Keeps nothing until {@link resume}: while nobody says what has changed. */
  pause(): void {
    this.#keeps = false;
    this.clear();
  }

  resume(): void {
    this.#keeps = true;
  }

  #keep(key: string, built: Built): void {
    const bytes = this.#size(built) + costOfEntry;
    this.#kept.set(key, { built, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#mostBytes) return;
      this.#bytes -= this.#kept.get(oldest)?.bytes ?? 0;
      this.#kept.delete(oldest);
    }
  }
}

interface Kept<Built> {
  readonly built: Built;
  readonly bytes: number;
}

/** Bytes that an entry costs beside what it holds: its key, and its place in the map. */
const costOfEntry = 512;
