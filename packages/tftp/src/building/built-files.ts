/**
 * Keeps what was made, in so many bytes at most; who asks at the same time waits for the same making. The one that was asked for the
 * longest time ago makes room.
 *
 * What is dropped while it is being made is given to those who wait for it, and kept for nobody else.
 */
export class BuiltFiles<Built> {
  readonly #mostBytes: number;
  readonly #size: (built: Built) => number;
  readonly #entries = new Map<string, Entry<Built>>();
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
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return await known.built;
    }
    const entry: Entry<Built> = { built: make(), bytes: 0 };
    if (this.#keeps) this.#entries.set(key, entry);
    try {
      const built = await entry.built;
      if (this.#entries.get(key) === entry) this.#count(entry, this.#size(built) + costOfEntry);
      return built;
    } catch (fault) {
      if (this.#entries.get(key) === entry) this.drop(key);
      throw fault;
    }
  }

  /** Forgets one. */
  drop(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }

  /** Forgets all. */
  clear(): void {
    this.#entries.clear();
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

  #count(entry: Entry<Built>, bytes: number): void {
    entry.bytes = bytes;
    this.#bytes += bytes;
    for (const [key, { bytes: counted }] of this.#entries) {
      if (this.#bytes <= this.#mostBytes) return;
      // One that is still being made frees nothing.
      if (counted > 0) this.drop(key);
    }
  }
}

interface Entry<Built> {
  readonly built: Promise<Built>;
  bytes: number;
}

/** Bytes that an entry costs beside what it holds: key, promise, and place in the map. */
const costOfEntry = 512;
