import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { StoreError } from '../errors.js';
import type { Account } from './account.js';

/** How to start the server's programs: as whom, and with which means. */
export interface Launch {
  readonly account: Account | undefined;
  readonly start: (program: string, args: readonly string[], options?: StartOptions) => ChildProcess;
}

export interface StartOptions {
  readonly stdio?: StdioOptions;
  /** In a session of its own, which no signal to our process group reaches. */
  readonly detached?: boolean;
  readonly signal?: AbortSignal | undefined;
}

// access(2), by which the programs look for themselves, leaves capabilities aside unless no_setuid_fixup is set.
const readAnywhere = [
  '--clear-groups',
  '--securebits=+no_setuid_fixup',
  '--inh-caps=-all,+dac_read_search',
  '--ambient-caps=-all,+dac_read_search',
  '--bounding-set=-all,+dac_read_search',
];

/**
 * Chooses how to start programs so that they can reach their files. Root starts them as `account`; where a directory
 * on the way is closed to that user (a root home of mode 0700), `setpriv` gives the process the one capability to
 * search and read, and no mode is ever changed.
 *
 * @param directories what the programs must be able to enter
 * @param probe a program that shows its version, to prove that it can be run
 * @throws StoreError `embedded-database-directory-unreachable`
 */
export async function chooseLaunch(
  account: Account | undefined,
  libraryDirectory: string,
  directories: readonly string[],
  probe: string,
): Promise<Launch> {
  const plain = launchAs(account, libraryDirectory, []);
  if (account === undefined) return plain;
  if ((await reaches(plain, directories, probe)) === undefined) return plain;
  const prefix = ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, ...readAnywhere];
  const capable = launchAs(account, libraryDirectory, prefix);
  const obstacle = await reaches(capable, directories, probe);
  if (obstacle === undefined) return capable;
  throw new StoreError(
    'embedded-database-directory-unreachable',
    `user ${account.name}, ${directories[0]}: ${obstacle}`,
  );
}

function launchAs(account: Account | undefined, libraryDirectory: string, prefix: readonly string[]): Launch {
  const env = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LC_ALL: 'C',
    LD_LIBRARY_PATH: libraryDirectory,
    DYLD_LIBRARY_PATH: libraryDirectory,
  };
  const identity = account === undefined || prefix.length > 0 ? {} : { uid: account.uid, gid: account.gid };
  return {
    account,
    start(program, args, { stdio = 'ignore', detached = false, signal } = {}) {
      const [command = program, ...rest] = [...prefix, program, ...args];
      return spawn(command, rest, { cwd: '/', env, stdio, detached, ...(signal && { signal }), ...identity });
    },
  };
}

async function reaches(launch: Launch, directories: readonly string[], probe: string): Promise<string | undefined> {
  const script = 'program=$1; shift; for directory; do cd "$directory" || exit 1; done; exec "$program" -V';
  const { code, output } = await run(launch, '/bin/sh', ['-c', script, 'sh', probe, ...directories]);
  return code === 0 ? undefined : (output.trim().split('\n').at(-1) ?? 'no reason given');
}

/** What a program said, and how it ended: its exit status, or null when it was killed or could not be started. */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

const outputLimit = 65_536;

/** Runs a program to its end and gathers what it writes to both outputs, the last 64 KB of it. */
export async function run(
  launch: Launch,
  program: string,
  args: readonly string[],
  { input = '', signal }: { readonly input?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<Outcome> {
  return await new Promise((resolve) => {
    let child: ChildProcess;
    let output = '';
    const add = (text: string): void => {
      output = (output + text).slice(-outputLimit);
    };
    const failed = (fault: unknown): void => {
      resolve({ code: null, output: `${output}${fault instanceof Error ? fault.message : String(fault)}` });
    };
    try {
      child = launch.start(program, args, { stdio: 'pipe', signal });
    } catch (fault) {
      failed(fault);
      return;
    }
    child.once('error', failed);
    child.once('close', (code) => resolve({ code, output }));
    child.stdout?.setEncoding('utf8').on('data', add);
    child.stderr?.setEncoding('utf8').on('data', add);
    child.stdin?.on('error', () => undefined).end(input);
  });
}
