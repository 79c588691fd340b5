import type { ProofRefused } from './session-ends.js';
import type { SessionOutcome } from './session-outcomes.js';

/** Whether a phone may work on an operation. */
export type Admission =
  /** It has begun. @property session - id of its record */
  | { readonly session: number }
  | {
      readonly refusal: Extract<
        SessionOutcome,
        | 'authentication-string-wrong'
        | 'authentication-string-missing'
        | 'authentication-string-spent'
        | 'address-refused'
        | 'address-refused-for-device'
        | 'address-not-allowed'
      >;
    }
  | {
      readonly refusal: ProofRefused['outcome'];
      /** Which check failed, for an administrator. */
      readonly words: string;
    };
