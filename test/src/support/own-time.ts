import { readFileSync } from 'node:fs';

/** What something took. */
export interface Took<Outcome> {
  readonly outcome: Outcome;
  /** By the clock, in milliseconds. */
  readonly ms: number;
  /** Without what this process and those that took part stood ready while others held the processors, in milliseconds. */
  readonly ownMs: number;
}

/** How long something takes where the machine is not its own: the tests beside this one share its processors. */
export async function ownTime<Outcome>(
  pid: number | undefined,
  action: () => Promise<Outcome>,
): Promise<Took<Outcome>> {
  const pids = [...new Set([process.pid, pid])];
  const waits = (): number => pids.reduce((sum: number, each) => sum + waitedMs(each), 0);
  const [began, waited] = [performance.now(), waits()];
  const outcome = await action();
  const ms = performance.now() - began;
  return { outcome, ms, ownMs: ms - (waits() - waited) };
}

/** How long a process has been ready to run while others held the processors, in milliseconds. */
function waitedMs(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0; // a kernel that does not count it
  }
}
