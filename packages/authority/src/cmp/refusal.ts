import { AuthorityError } from '../errors.js';
import { refusesProtection, type StatusInfo } from './status.js';

/**
 * What an error message comes to that says something about the authority or its settings rather than about the request;
 * undefined for all others.
 *
 * @param text - The status in words.
 */
export function faultOf(status: StatusInfo, text: string): AuthorityError | undefined {
  const { failures } = status;
  if (refusesProtection(status)) {
    return new AuthorityError(
      'authority-login-refused',
      `The authority does not accept how our messages are protected: "${text}". Correct reference and secret, or certificate and key, in its settings.`,
    );
  }
  if (failures.includes('transactionIdInUse') || failures.includes('duplicateCertReq')) {
    return new AuthorityError('authority-answer-lost', `The authority has this request already: "${text}".`);
  }
  if (failures.includes('systemUnavail')) {
    return new AuthorityError('authority-busy', `The authority takes no requests now: "${text}".`);
  }
  if (failures.includes('systemFailure')) {
    return new AuthorityError('authority-busy', `The authority failed: "${text}". Look into its log.`, {
      consequence: 'reconcile',
    });
  }
  return undefined;
}
