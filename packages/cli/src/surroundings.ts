import type { DefaultDirectories } from '@opencapf/server';

/** Where the command was typed, and what the caller of the command line has decided already. */
export interface Surroundings {
  /** Relative paths are meant from here. */
  readonly typedIn: string;
  readonly defaultDirectories?: DefaultDirectories | undefined;
}
