import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

/**
 * The service's log: JSON lines on standard error, so that standard output stays for what a person asked to see.
 *
 * @param level - a pino level, or `silent`
 * @param origin - what every line bears beside the process id
 */
export function makeLog(level: string, origin: object = {}, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid, ...origin },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Straight to the descriptor: through the stream `process.stderr` a line costs several times as much.
    destination ?? pino.destination({ dest: process.stderr.fd, sync: true }),
  );
}
