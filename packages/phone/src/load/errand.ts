import type { PhoneIdentity } from '../identity.js';
import type { Outcome } from '../outcome.js';
import type { ProofSettings } from '../proof.js';

/** What a phone of a load comes for; `keysync`: with nothing queued, as after a change of its configuration file. */
export type Errand = 'install' | 'delete' | 'troubleshoot' | 'keysync';

/** One phone of a load, which comes once. */
export interface LoadPhone {
  /** Device name, e.g. `SEP001122334455`. */
  readonly name: string;
  /** What must come of its visit; without it, whatever the server has queued. */
  readonly errand?: Errand | undefined;
  readonly authString?: string | undefined;
  /** Nothing by default: a phone fresh from the box. */
  readonly identity?: PhoneIdentity | undefined;
  readonly proof?: ProofSettings | undefined;
}

/** Whether a visit came to what it was made for. */
export function didErrand({ kind }: Outcome, errand: Errand | undefined): boolean {
  switch (errand) {
    case 'install':
      return kind === 'installed';
    case 'delete':
      return kind === 'deleted';
    case 'troubleshoot':
      return kind === 'fetched';
    case 'keysync':
      // A phone that has just shown a certificate to prove itself is not asked for it again.
      return kind === 'fetched' || kind === 'nothingPending';
    case undefined:
      return kind === 'installed' || kind === 'deleted' || kind === 'fetched';
  }
}
