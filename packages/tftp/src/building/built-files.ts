import type { CacheLease, Hearing } from './cache-lease.js';

/** Says of what was made before somebody asked whether it may still be given. */
export type Judge<Built> = (built: Built) => boolean | Promise<boolean>;

/**
 * Keeps what was made, in so many bytes at most; who asks at the same time waits for the same making. The one that was asked for the
 * longest time ago makes room.
 *
 * What was made before somebody asked, or has begun to be, is given to him only when it is still current then; what is not is made once
 * more, for all who found it so. With a lease that question is spared while it holds: then whoever hears of a change must drop what is old.
 */
export class BuiltFiles<Built> {
  readonly #mostBytes: number;
  readonly #size: (built: Built) => number;
  readonly #lease: CacheLease | undefined;
  readonly #making = new Map<string, Promise<Built>>();
  /** In the order in which they were asked for last. */
  readonly #kept = new Map<string, Kept<Built>>();
  #bytes = 0;

  /** @param size - bytes that one counts for, beside what an entry costs */
  constructor(mostBytes: number, size: (built: Built) => number, lease?: CacheLease) {
    this.#mostBytes = mostBytes;
    this.#size = size;
    this.#lease = lease;
  }

  /** Bytes kept now. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Gives what is kept, or makes it. What fails is not kept.
   *
   * @param isCurrent - asked of what was there, or had begun, before this call; when it cannot say, nothing is given
   */
  async get(key: string, make: () => Promise<Built>, isCurrent: Judge<Built>): Promise<Built> {
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#lease?.covers(kept.hearing) === true) {
      this.#touch(key, kept);
      return kept.built;
    }
    const before = kept?.built ?? this.#making.get(key);
    if (before === undefined) return await this.#make(key, make);
    const made = before instanceof Promise ? await ended(before) : { built: before };
    if (made !== undefined) {
      const hearing = this.#lease?.hearing;
      if (await isCurrent(made.built)) {
        const still = this.#kept.get(key);
        if (still?.built === made.built) this.#touch(key, { ...still, hearing });
        return made.built;
      }
      if (this.#kept.get(key)?.built === made.built) this.drop(key);
    }
    // Whatever is there by now began after this call.
    return this.#kept.get(key)?.built ?? (await (this.#making.get(key) ?? this.#make(key, make)));
  }

  /** Forgets one. What is being made is given to those who wait for it, and kept for nobody else. */
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

  #make(key: string, make: () => Promise<Built>): Promise<Built> {
    const isWanted = (): boolean => this.#making.get(key) === making;
    const hearing = this.#lease?.hearing;
    const making = make().then(
      (built) => {
        if (isWanted()) {
          this.#making.delete(key);
          this.#keep(key, built, hearing);
        }
        return built;
      },
      (fault: unknown) => {
        if (isWanted()) this.#making.delete(key);
        throw fault;
      },
    );
    this.#making.set(key, making);
    return making;
  }

  #touch(key: string, kept: Kept<Built>): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
  }

  #keep(key: string, built: Built, hearing: Hearing | undefined): void {
    const bytes = this.#size(built) + costOfEntry;
    this.#kept.set(key, { built, bytes, hearing });
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
  /** In which it was made, or found to be current last. */
  readonly hearing: Hearing | undefined;
}

/** Bytes that an entry costs beside what it holds: its key, and its place in the map. */
const costOfEntry = 512;

/** Undefined when it failed: of what has begun before, that says nothing of now. */
async function ended<Built>(making: Promise<Built>): Promise<{ readonly built: Built } | undefined> {
  return await making.then(
    (built) => ({ built }),
    () => undefined,
  );
}
