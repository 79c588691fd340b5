import { type Database, readAuthorityVersion } from '@opencapf/store';
import type { Logger } from '../log.js';
import { periodically } from '../node/periodically.js';
import type { ServiceIdentity } from './identity.js';

/** How soon phones meet what an administrator has activated. Their trust list holds the one before for longer than that. */
const lookEveryMs = 1_000;

/** What follows the CAPF identity on record. */
export interface IdentityWatchOptions {
  readonly database: Database;
  readonly log: Logger;
  /** Reads what is on record now. */
  readonly load: () => Promise<ServiceIdentity>;
  /** What this process goes by. */
  readonly identity: ServiceIdentity;
  /** Goes by another from now on. Called also when only staged ones have changed, with the same certificate. */
  readonly use: (identity: ServiceIdentity) => Promise<void> | void;
}

/**
 * Looks every second whether an administrator has staged or activated another CAPF certificate, on whatever node, and has it
 * used without a restart. What fails is logged and tried again with the next look.
 *
 * @returns stops it, when what is under way is done
 */
export function watchIdentity({ database, log, load, identity, use }: IdentityWatchOptions): () => Promise<void> {
  let seen = '';
  let used = identity;
  return periodically(
    lookEveryMs,
    async () => {
      try {
        const version = await readAuthorityVersion(database);
        if (version === seen) return;
        const found = await load();
        await use(found);
        if (found.capf.certificate.serial !== used.capf.certificate.serial) {
          log.info({ subject: found.capf.certificate.subject }, 'phones meet another CAPF certificate from now on');
        }
        used = found;
        seen = version;
      } catch (err) {
        log.warn({ err }, 'it could not be looked at whether the CAPF certificate has changed');
      }
    },
    'now',
  );
}
