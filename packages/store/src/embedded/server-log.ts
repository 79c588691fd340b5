import { constants, type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const logDirectory = 'log';
const keptFiles = 5;

/**
 * Settings by which the server logs into files of at most 10 MB each. Statements and the values in messages stay out:
 * they may be secrets. {@link pruneLog} bounds the number of files.
 */
export const logSettings = {
  logging_collector: 'on',
  log_destination: 'stderr',
  log_directory: logDirectory,
  log_filename: 'server-%Y%m%dT%H%M%S.log',
  log_rotation_size: '10MB',
  log_rotation_age: '0',
  log_file_mode: '0600',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
};

/** Removes all but the newest log files. */
export async function pruneLog(location: string): Promise<void> {
  const files = await logFiles(location);
  for (const path of files.slice(0, -keptFiles)) await rm(path, { force: true });
}

/**
 * What the server said last, on one line.
 *
 * @param early the file with what this server wrote before its logging began; until then there is no more of it
 */
export async function readLogTail(location: string, early: string): Promise<string> {
  const first = await readEnd(early);
  const newest = (await logFiles(location)).at(-1);
  const text = first.includes('redirecting log output') && newest !== undefined ? await readEnd(newest) : first;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-6).join(' | ');
}

async function logFiles(location: string): Promise<string[]> {
  const directory = join(location, logDirectory);
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((name) => /^server-\w+\.log$/.test(name))
    .sort()
    .map((name) => join(directory, name));
}

async function readEnd(path: string): Promise<string> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const { size } = await file.stat();
    const length = Math.min(size, 4096);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8');
  } catch {
    return '';
  } finally {
    await file?.close();
  }
}
