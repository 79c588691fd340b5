import { type RandomBytes, readCertificate } from '@opencapf/pki';
import { AuthorityError } from '../errors.js';
import type { HttpAnswer, HttpConnection } from '../http/index.js';
import { authenticateMessage } from './authenticate-message.js';
import { type Challenge, readChallenge } from './challenge-message.js';
import { channelBindings } from './channel-bindings.js';
import { negotiateMessage } from './negotiate-message.js';
import type { NtlmAccount } from './nt-hash.js';
import { NtlmError } from './ntlm-error.js';
import { offeredSchemes } from './offered-schemes.js';

/** Who logs in where, and what with. */
export interface NtlmLogin {
  /** `Negotiate` carries the bare NTLM messages too, which Windows takes. */
  readonly scheme: 'NTLM' | 'Negotiate';
  readonly account: NtlmAccount;
  /** What is asked for with the login: a page that costs the server nothing. */
  readonly path: string;
  /** `host:port`, for words. */
  readonly host: string;
  /** The host's name: the login is for its HTTP service alone. */
  readonly hostname: string;
  readonly now: () => Date;
  readonly randomBytes: RandomBytes;
}

/**
 * Logs a connection in ([MS-NTHT]): from here on the server knows who asks in it. Both requests are GETs, so that whatever
 * fails may be tried again.
 *
 * @returns the answer of the page, which is none of a refused login.
 * Rejects with AuthorityError `authority-login-refused`, `authority-*` of the connection.
 */
export async function ntlmLogin(
  connection: HttpConnection,
  { scheme, account, path, host, hostname, now, randomBytes }: NtlmLogin,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const send = async (message: Uint8Array) => {
    const authorization = `${scheme} ${Buffer.from(message).toString('base64')}`;
    return await connection.request({ method: 'GET', path, headers: { authorization } }, signal);
  };
  const negotiate = negotiateMessage();
  const first = await send(negotiate);
  // A page that wants no login, or is not there: its status says what is to be done.
  if (first.status !== 401) return first;
  const challenge = challengeOf(first, scheme, host);
  const server = connection.serverCertificate();
  const authenticate = authenticateMessage({
    account,
    negotiate,
    challenge,
    clientChallenge: randomBytes(8),
    now: now(),
    channelBindings: server === undefined ? undefined : channelBindings(readCertificate(server)),
    targetName: `HTTP/${hostname}`,
  });
  const answer = await send(authenticate);
  if (answer.status === 401) {
    throw new AuthorityError(
      'authority-login-refused',
      `${host} refuses the login of "${account.username}" by ${scheme}. Correct user name, domain and password of the authority, or let the server accept NTLMv2.`,
    );
  }
  return answer;
}

function challengeOf({ headers }: HttpAnswer, scheme: string, host: string): Challenge {
  const offered = offeredSchemes(headers['www-authenticate']);
  const token = offered.find((offer) => offer.scheme === scheme.toLowerCase() && offer.token !== undefined)?.token;
  if (token === undefined) {
    const names = offered.map((offer) => offer.scheme).join(', ');
    throw new AuthorityError(
      'authority-login-refused',
      `${host} answers ${scheme} with no challenge${names === '' ? '' : `; it offers ${names}`}. Correct the authentication of the authority, or switch it on in the server.`,
    );
  }
  try {
    return readChallenge(Buffer.from(token, 'base64'));
  } catch (cause) {
    if (!(cause instanceof NtlmError)) throw cause;
    const words = `The NTLM challenge of ${host} cannot be used: ${cause.message}. Let the server accept NTLMv2.`;
    throw new AuthorityError('authority-login-refused', words, { cause });
  }
}
