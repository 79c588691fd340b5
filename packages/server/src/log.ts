import { type Logger, pino } from 'pino';

export type { Logger };

/**
 * The service's log: JSON lines on standard error, so that standard output stays for what a person asked to see.
 *
 * @param level - a pino level, or `silent`
 */
export function makeLog(level: string, destination: NodeJS.WritableStream = process.stderr): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
