import {
  AuthorityError,
  type CertificateAuthority,
  type IssuedCertificate,
  type IssueOutcome,
  type PreparedCertificate,
  type UnknownOutcome,
} from '@opencapf/authority';
import { PkiError } from '@opencapf/pki';
import type { Cause, ClaimedRequest, Deferral } from '@opencapf/store';
import { operationFailures } from '../session-outcomes.js';

/** What an attempt came to. */
export type AttemptOutcome =
  | { readonly kind: 'issued'; readonly certificate: IssuedCertificate }
  | { readonly kind: 'ended'; readonly state: 'denied' | 'failed' | 'abandoned'; readonly cause: Cause }
  | {
      readonly kind: 'deferred';
      readonly state: Deferral['state'];
      readonly pollReference?: string;
      /** Milliseconds that the authority wants to be left alone at least; `byHand`: there is nothing to try again. */
      readonly after: number | 'byHand' | undefined;
      readonly cause: Cause;
    };

/** An outcome, and what it says of the authority itself. */
export interface Attempt {
  readonly outcome: AttemptOutcome;
  /** Why the authority cannot be said to be there; undefined when it answered. */
  readonly away: AuthorityError | undefined;
}

/** What an attempt is made with. */
export interface AttemptOptions {
  readonly authority: CertificateAuthority;
  readonly request: ClaimedRequest;
  readonly now: () => Date;
  /** Milliseconds that the call may take. */
  readonly timeoutMs: number;
  /** Aborted when the service stops. */
  readonly ending: AbortSignal;
  /** Takes a fault that is no authority's. */
  readonly onFault: (fault: unknown) => void;
}

/** Does with an authority what a claimed request is to have done. It never rejects. */
export async function attempt(options: AttemptOptions): Promise<Attempt> {
  try {
    return { outcome: outcomeOf(await inTime((signal) => call(options, signal), options)), away: undefined };
  } catch (fault) {
    return failureOf(fault, options);
  }
}

async function call(
  { authority, request, now }: AttemptOptions,
  signal: AbortSignal,
): Promise<IssueOutcome | UnknownOutcome> {
  const { deviceName, publicKey: spki, todo } = request;
  const intent = { kind: 'request', request: request.request, reference: request.reference } as const;
  const prepared: PreparedCertificate = await authority.resume({ deviceName, spki, intent, now: now() });
  switch (todo.step) {
    case 'send':
      return await authority.issue(prepared, signal);
    case 'poll':
      if (authority.poll !== undefined) return await authority.poll(prepared, todo.pollReference, signal);
      return { state: 'pending', pollReference: todo.pollReference, retryAfter: Number.POSITIVE_INFINITY };
    case 'reconcile':
      if (authority.reconcile !== undefined) return await authority.reconcile(prepared, signal);
      return { state: 'unknown', reason: 'The answer of the authority was lost, and it cannot be asked again for it.' };
  }
}

/** How long a call may go on after it was told to end, in milliseconds, to say how it ended. */
const lastWordsMs = 500;

/** One controller and one timer for each call: signals made of others weigh kilobytes while an authority is slow. */
async function inTime<T>(call: (signal: AbortSignal) => Promise<T>, { timeoutMs, ending }: AttemptOptions): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let onEnding: (() => void) | undefined;
  const overdue = new Promise<never>((_, reject) => {
    const end = (code: 'authority-timeout' | 'authority-closed'): void => {
      clearTimeout(timer);
      timer = setTimeout(() => reject(new AuthorityError(code)), lastWordsMs);
      controller.abort();
    };
    timer = setTimeout(() => end('authority-timeout'), timeoutMs);
    onEnding = () => end('authority-closed');
    if (ending.aborted) onEnding();
    else ending.addEventListener('abort', onEnding, { once: true });
  });
  try {
    return await Promise.race([call(controller.signal), overdue]);
  } finally {
    clearTimeout(timer);
    if (onEnding !== undefined) ending.removeEventListener('abort', onEnding);
  }
}

function outcomeOf(answer: IssueOutcome | UnknownOutcome): AttemptOutcome {
  switch (answer.state) {
    case 'issued':
      return { kind: 'issued', certificate: answer };
    case 'pending': {
      const byHand = !Number.isFinite(answer.retryAfter);
      return {
        kind: 'deferred',
        state: 'pending',
        pollReference: answer.pollReference,
        after: byHand ? 'byHand' : answer.retryAfter,
        cause: causeOf(byHand ? 'authority-by-hand' : 'authority-pending'),
      };
    }
    case 'denied':
      return { kind: 'ended', state: 'denied', cause: causeOf('authority-denied', answer.reason) };
    case 'unknown':
      return { kind: 'ended', state: 'abandoned', cause: causeOf('certificate-request-lost', answer.reason) };
  }
}

function causeOf(code: keyof typeof operationFailures, detail?: string): Cause {
  return { code, words: detail === undefined ? operationFailures[code] : `${operationFailures[code]} (${detail})` };
}

function failureOf(fault: unknown, { authority, request: { todo }, onFault }: AttemptOptions): Attempt {
  if (fault instanceof PkiError) return ended('failed', { code: fault.code, words: fault.message });
  if (!(fault instanceof AuthorityError)) onFault(fault);
  const error = fault instanceof AuthorityError ? fault : new AuthorityError('authority-answer-lost');
  const cause = { code: error.code, words: error.message };
  if (error.consequence === 'fail') return ended('failed', cause);
  const away = error.code === 'authority-closed' ? undefined : error;
  if (todo.step === 'send' && error.consequence === 'reconcile' && authority.reconcile === undefined) {
    return { ...ended('abandoned', causeOf('certificate-request-lost', error.message)), away };
  }
  const state = stateAfter(todo.step, error.consequence);
  return { outcome: { kind: 'deferred', state, after: error.retryAfter, cause }, away };
}

function stateAfter(step: ClaimedRequest['todo']['step'], consequence: 'retry' | 'reconcile'): Deferral['state'] {
  switch (step) {
    case 'send':
      return consequence === 'retry' ? 'waiting' : 'lost';
    case 'poll':
      return 'pending';
    case 'reconcile':
      return 'lost';
  }
}

function ended(state: 'failed' | 'abandoned', cause: Cause): Attempt {
  return { outcome: { kind: 'ended', state, cause }, away: undefined };
}
