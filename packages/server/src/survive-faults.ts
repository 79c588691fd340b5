import type { Logger } from './log.js';

/** The process goes on after a fault that no one expected: what other sessions hold is in Postgres, and they go on. */
export function surviveFaults(log: Logger): void {
  process.on('uncaughtException', (err) => log.error({ err }, 'a fault that nobody caught'));
  process.on('unhandledRejection', (err) => log.error({ err }, 'a rejection that nobody handled'));
}
