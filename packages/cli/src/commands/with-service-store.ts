import { readConfiguration } from '@opencapf/server/configuration';
import { openServiceStore, type ServiceStore } from '@opencapf/server/service-store';
import type { Surroundings } from '../surroundings.js';

/**
 * Works on the database and the data directory of a service on this machine, without asking it. What keeps it from that
 * is one line on standard error and exit status 2.
 */
export async function withServiceStore(
  { typedIn, defaultDirectories }: Surroundings,
  work: (store: ServiceStore) => Promise<void>,
): Promise<void> {
  try {
    await using store = await openServiceStore(readConfiguration(process.env, typedIn, defaultDirectories));
    await work(store);
  } catch (fault) {
    process.exitCode = 2;
    const message = fault instanceof Error ? fault.message : String(fault);
    process.stderr.write(`opencapf: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
  }
}
