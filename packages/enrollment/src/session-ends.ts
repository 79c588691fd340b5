import { AuthorityError } from '@opencapf/authority';
import { PkiError } from '@opencapf/pki';
import { Reason } from '@opencapf/protocol';
import { type SessionOutcome, sessionOutcomes } from './session-outcomes.js';

/**
 * Ends a session before its operation is done: the operation waits for the phone's next session.
 *
 * Thrown by the procedures, so that they read as what happens when all goes well.
 */
export class AttemptEnded extends Error {
  override readonly name = 'AttemptEnded';
  /** Of END_SESSION; undefined to hang up. */
  readonly endReason: number | undefined;

  /**
   * @param words - For an administrator.
   * @param end - How the session ends on the wire.
   */
  constructor(
    readonly outcome: SessionOutcome,
    words: string,
    end: 'refuse' | 'hangUp' = 'refuse',
    options?: ErrorOptions,
  ) {
    super(words, options);
    this.endReason = end === 'refuse' ? Reason.INVALID_ELEMENT : undefined;
  }
}

/** Ends an operation as failed: another attempt would come to the same. Thrown likewise. */
export class OperationFailed extends Error {
  override readonly name = 'OperationFailed';

  /**
   * @param code - Of {@link operationFailures}, or `public-key-*`.
   * @param words - For an administrator.
   */
  constructor(
    readonly code: string,
    words: string,
    readonly endReason: number = Reason.INVALID_ELEMENT,
    readonly report?: object,
  ) {
    super(words);
  }
}

/**
 * A phone did not prove who it is by the certificate that it showed. It changes nothing; whether the session can go on
 * without a proof is for others to say.
 */
export class ProofRefused extends Error {
  override readonly name = 'ProofRefused';

  /** @param words - Which check failed, for an administrator. */
  constructor(
    readonly outcome: Extract<
      SessionOutcome,
      | 'proof-missing'
      | 'certificate-refused'
      | 'signature-refused'
      | 'sudi-missing'
      | 'sudi-refused'
      | 'precedence-refused'
    >,
    words: string,
    options?: ErrorOptions,
  ) {
    super(words, options);
  }
}

/** Another session of the phone works on the operation now, or an administrator ended it: nothing more may be written. */
export function superseded(): AttemptEnded {
  return new AttemptEnded('session-superseded', 'Another session took over, or the operation was ended.', 'hangUp');
}

/** The operation ended before this session could take it. */
export function operationGone(): AttemptEnded {
  return new AttemptEnded('operation-gone', sessionOutcomes['operation-gone'], 'hangUp');
}

/** What a fault becomes that is no phone's: the phone is hung up on, which makes it try again. */
export function asAttemptEnded(fault: unknown): AttemptEnded {
  if (fault instanceof AttemptEnded) return fault;
  // What keeps the issuer from signing is for the administrator to mend, and holds no secret.
  const detail = fault instanceof AuthorityError || fault instanceof PkiError ? ` (${fault.message})` : '';
  return new AttemptEnded('service-fault', `${sessionOutcomes['service-fault']}${detail}`, 'hangUp', { cause: fault });
}
