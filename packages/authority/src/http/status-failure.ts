import { AuthorityError } from '../errors.js';
import type { HttpAnswer } from './exchange.js';
import { readRetryAfter } from './retry-after.js';

/**
 * What an HTTP status says that means the same in every protocol; undefined for those that a protocol gives a meaning of its
 * own (2xx, 400 and what else is not named here).
 *
 * @param host - `host:port`, for words.
 */
export function statusFailure({ status, headers }: HttpAnswer, host: string, now: Date): AuthorityError | undefined {
  const said = `${host} answered with HTTP status ${status}`;
  switch (status) {
    case 401:
    case 403:
    case 407:
      return new AuthorityError(
        'authority-login-refused',
        `${said}: it does not accept the login. Correct user name, password or client certificate of the authority, or what that user may do there.`,
      );
    case 404:
    case 410:
      return new AuthorityError('authority-not-found', `${said}. Check path, label and kind of the authority.`);
    case 429:
    case 503:
      return new AuthorityError('authority-busy', `${said}: it takes no requests now. They are sent again later.`, {
        retryAfter: readRetryAfter(headers['retry-after'], now),
      });
    case 502:
      return new AuthorityError(
        'authority-answer-lost',
        `${said}: a gateway got no answer from what stands behind it.`,
      );
    case 504:
      return new AuthorityError('authority-timeout', `${said}: a gateway waited for it in vain.`);
    default:
      break;
  }
  if (status >= 300 && status < 400) {
    return new AuthorityError('authority-not-found', `${said}, which leads elsewhere. Give the URL where it leads.`);
  }
  if (status >= 500) {
    return new AuthorityError('authority-answer-unreadable', `${said}. Look into the log of the authority.`);
  }
  return undefined;
}
