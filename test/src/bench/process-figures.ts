import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in ticks of 10 ms. */
const tickMs = 10;

/** Processor time (user and system) of a process so far, in milliseconds. */
export function processorMs(pid: number): number {
  const fields = statFields(pid);
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** Likewise of a process and all its children, also those that have ended and were waited for. */
export function familyProcessorMs(pid: number): number {
  const fields = statFields(pid);
  const ended = (Number(fields[13]) + Number(fields[14])) * tickMs;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(Number(name)) === pid)
    .map((name) => processorMs(Number(name)));
  return children.reduce((sum, own) => sum + own, processorMs(pid) + ended);
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

function parentOf(pid: number): number {
  try {
    return Number(statFields(pid)[1]);
  } catch {
    return 0; // it ended meanwhile
  }
}

/** The fields of /proc/PID/stat behind the name, which may hold anything; the first is the state. */
function statFields(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
