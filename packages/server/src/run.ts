import { boundHeapGrowth } from './heap-growth.js';
import { makeLog } from './log.js';
import { type Service, startService } from './service.js';
import { type DefaultDirectories, readConfiguration } from './start/configuration.js';
import { startReport } from './start/start-report.js';
import { surviveFaults } from './survive-faults.js';

/** What the process is given: its environment, and where it was typed. */
export interface RunOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Directory to which relative paths are meant. */
  readonly typedIn: string;
  readonly defaultDirectories?: DefaultDirectories | undefined;
}

/**
 * Serves until SIGTERM or SIGINT, then ends sessions and the database.
 *
 * @returns the exit status: 0 after a signal, 1 when the service could not start (one line on standard error says why)
 */
export async function runService({ environment, typedIn, defaultDirectories }: RunOptions): Promise<number> {
  const signalled = new AbortController();
  const onSignal = (): void => signalled.abort();
  // Both may arrive, and twice: a terminal signals the whole process group, and npm passes its own on.
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  let service: Service | undefined;
  try {
    const configuration = readConfiguration(environment, typedIn, defaultDirectories);
    const log = makeLog(configuration.bootstrap.logLevel);
    for (const warning of configuration.warnings) log.warn(warning);
    surviveFaults(log);
    const report = startReport((text) => process.stdout.write(text));
    service = await startService(configuration, { log, report, signal: signalled.signal });
    boundHeapGrowth();
    await aborted(signalled.signal);
    log.info('stopping');
    return 0;
  } catch (fault) {
    if (signalled.signal.aborted) return 0;
    process.stderr.write(`opencapf: ${oneLine(fault)}\n`);
    return 1;
  } finally {
    await service?.stop();
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function oneLine(fault: unknown): string {
  return (fault instanceof Error ? fault.message : String(fault)).replaceAll(/\s*\n\s*/g, ' ');
}
