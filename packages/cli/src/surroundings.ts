import type { DefaultDirectories } from '@opencapf/server';

/** Where the command was typed, and what the caller of the command line has decided already. */
export interface Surroundings {
  /** Relative paths are meant from here. */
  readonly typedIn: string;
  readonly defaultDirectories?: DefaultDirectories | undefined;
  readonly terminal: Terminal;
}

/** What a command reads, prints and ends with: the process itself, or whoever runs the command within it. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Printer;
  readonly stderr: Printer;
  readonly env: Readonly<Record<string, string | undefined>>;
  exitCode?: number | string | null | undefined;
}

/** Where text goes. */
export interface Printer {
  readonly isTTY?: boolean;
  write(text: string | Uint8Array): unknown;
}
