import type { KeyPair } from '@opencapf/pki';

/** How far the making of keys has come. */
export interface Making {
  readonly made: number;
  readonly of: number;
}

/** Keys of one type that were made before, each for the phone of one name. */
export interface KeySupply {
  /** Makes what is missing for these names, on threads beside the event loop. @returns whether anything was */
  make(names: readonly string[], watch: (making: Making) => void): Promise<boolean>;
  /** Undefined for a name that none was made for. */
  keyFor(name: string): KeyPair | undefined;
  /** What goes into its file: JSON. */
  written(): unknown;
}

/** Does a piece of work so many times, several at once. */
export async function several(
  times: number,
  work: () => Promise<void>,
  watch: (making: Making) => void,
): Promise<void> {
  let begun = 0;
  let made = 0;
  const lane = async (): Promise<void> => {
    while (begun < times) {
      begun += 1;
      await work();
      made += 1;
      watch({ made, of: times });
    }
  };
  // As many as Node has threads for it (UV_THREADPOOL_SIZE) by default.
  await Promise.all(Array.from({ length: 4 }, lane));
}
