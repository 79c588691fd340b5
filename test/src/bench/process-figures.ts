import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Linux counts processor time in ticks of 10 ms. */
const tickMs = 10;

/** Processor time in milliseconds, by process id. */
export type TimesByProcess = ReadonlyMap<number, number>;

/** Processor time (user and system) of a service's processes so far, in milliseconds. @param pid - of the first of them */
export function processorMs(pid: number): number {
  return processesOf(pid).reduce((sum, one) => sum + ownMs(one), 0);
}

/** Processor time of the processes that serve a database's connections. @param postmaster - process id of its server */
export function backendTimes(postmaster: number): TimesByProcess {
  return new Map(
    childrenOf(postmaster)
      .filter(isBackend)
      .map((pid) => [pid, ownMs(pid)]),
  );
}

/** What processes took between two moments; the last of those that ended between is lost. */
export function timeBetween(before: TimesByProcess, after: TimesByProcess): number {
  return [...after].reduce((sum, [pid, time]) => sum + time - (before.get(pid) ?? 0), 0);
}

/** Resident memory of a service's processes, in bytes. @param pid - of the first of them */
export function residentBytes(pid: number): number {
  return processesOf(pid).reduce((sum, one) => {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(textOf(`/proc/${one}/status`)) ?? [];
    return sum + Number(kilobytes ?? 0) * 1024;
  }, 0);
}

/** A service and its workers, which are of the same program; its database is another. */
function processesOf(pid: number): readonly number[] {
  const program = programOf(pid);
  return [pid, ...childrenOf(pid).filter((child) => programOf(child) === program)];
}

function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined; // it has ended meanwhile
  }
}

function ownMs(pid: number): number {
  const fields = statFields(pid);
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * tickMs;
}

/** PostgreSQL names what serves a connection by user, database and where the client is: "postgres: me mine [local] idle". */
function isBackend(pid: number): boolean {
  return /^postgres: \S+ \S+ (\[local\]|\S+\(\d+\))/.test(textOf(`/proc/${pid}/cmdline`));
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(statFields(Number(name))[1]) === pid)
    .map(Number);
}

/** The fields of /proc/PID/stat behind the name, which may hold anything; the first is the state. */
function statFields(pid: number): readonly string[] {
  const text = textOf(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Empty when the process has ended meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
