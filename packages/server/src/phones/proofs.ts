import { type ProofRules, TrustedIssuers } from '@opencapf/enrollment';
import { type Database, type SettingValues, TrustUses } from '@opencapf/store';
import type { Logger } from '../log.js';

/** What proofs by certificate are checked with; disposing of it writes the uses that were counted last. */
export interface ProofServices extends AsyncDisposable {
  readonly proofs: ProofRules;
  readonly trust: TrustedIssuers;
}

/** By the settings and the trust store of this database. */
export function proofServices(database: Database, settings: SettingValues, log: Logger): ProofServices {
  const uses = new TrustUses(database, (err) => log.warn({ err }, 'uses of the trust store could not be written yet'));
  return {
    proofs: {
      requireSudi: settings.requireSudi,
      strictPrecedence: settings.strictPrecedence,
      minRsaBits: settings.minRsaKeySize,
    },
    trust: new TrustedIssuers(database, uses, log),
    [Symbol.asyncDispose]: () => uses.flush(),
  };
}
