import type { RandomBytes } from '@opencapf/pki';
import { AuthorityError } from '../errors.js';
import { type HttpAnswer, type HttpClient, type HttpConnection, statusFailure } from '../http/index.js';
import { type NtlmAccount, ntlmLogin, offeredSchemes } from '../ntlm/index.js';

/** How to log in. `auto` takes NTLM or Negotiate, whichever the server offers, and never Basic, which tells it the password. */
export const authentications = ['auto', 'ntlm', 'negotiate', 'basic'] as const;
export type Authentication = (typeof authentications)[number];

/** Who logs in; of a password only as much is kept as the setting needs. */
export type Credentials =
  | { readonly by: 'ntlm'; readonly account: NtlmAccount }
  /** The value of the Authorization header. */
  | { readonly by: 'basic'; readonly authorization: string }
  /** A client certificate, or nothing at all. */
  | { readonly by: 'nothing' };

export interface CertsrvLoginSettings {
  readonly authentication: Authentication;
  readonly credentials: Credentials;
  /** The pages' root, with the slash at its end. */
  readonly path: string;
  readonly hostname: string;
  readonly now: () => Date;
  readonly randomBytes: RandomBytes;
}

/** A scheme that was used, as people know it. */
export type UsedScheme = 'NTLM' | 'Negotiate' | 'Basic' | 'none';

/** A connection that is logged in. */
export interface LoggedIn {
  readonly scheme: UsedScheme;
  /** To be sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Logs connections in. What the server offers is asked once. */
export class CertsrvLogin {
  readonly #client: HttpClient;
  readonly #settings: CertsrvLoginSettings;
  #offered: 'NTLM' | 'Negotiate' | undefined;

  constructor(client: HttpClient, settings: CertsrvLoginSettings) {
    this.#client = client;
    this.#settings = settings;
  }

  /** Rejects with AuthorityError `authority-login-refused`, `authority-not-found`, `authority-*` of the connection. */
  async logIn(connection: HttpConnection, signal: AbortSignal): Promise<LoggedIn> {
    const { credentials, path } = this.#settings;
    if (credentials.by === 'ntlm') return await this.#logInByNtlm(connection, credentials.account, signal);
    const headers: Record<string, string> =
      credentials.by === 'basic' ? { authorization: credentials.authorization } : {};
    this.#requirePage(await connection.request({ method: 'GET', path, headers }, signal));
    return { scheme: credentials.by === 'basic' ? 'Basic' : 'none', headers };
  }

  async #logInByNtlm(connection: HttpConnection, account: NtlmAccount, signal: AbortSignal): Promise<LoggedIn> {
    const scheme = await this.#ntlmScheme(signal);
    if (scheme === undefined) return { scheme: 'none', headers: {} };
    const { path, hostname, now, randomBytes } = this.#settings;
    const { host } = this.#client;
    try {
      const login = { scheme, account, path, host, hostname, now, randomBytes };
      this.#requirePage(await ntlmLogin(connection, login, signal));
    } catch (fault) {
      this.#offered = undefined;
      throw fault;
    }
    return { scheme, headers: {} };
  }

  /** Undefined where the pages want no login. */
  async #ntlmScheme(signal: AbortSignal): Promise<'NTLM' | 'Negotiate' | undefined> {
    const { authentication, path } = this.#settings;
    if (authentication === 'ntlm') return 'NTLM';
    if (authentication === 'negotiate') return 'Negotiate';
    if (this.#offered !== undefined) return this.#offered;
    const answer = await this.#client.request({ method: 'GET', path }, signal);
    if (answer.status !== 401) {
      this.#requirePage(answer);
      return undefined;
    }
    const schemes = offeredSchemes(answer.headers['www-authenticate']).map(({ scheme }) => scheme);
    this.#offered = schemes.includes('ntlm') ? 'NTLM' : schemes.includes('negotiate') ? 'Negotiate' : undefined;
    if (this.#offered === undefined) {
      throw new AuthorityError(
        'authority-login-refused',
        `${this.#client.host} offers neither NTLM nor Negotiate${schemes.length === 0 ? '' : ` but ${schemes.join(', ')}`}. Switch Windows authentication on in the server, or set the authentication to basic if it is to be told the password.`,
      );
    }
    return this.#offered;
  }

  #requirePage(answer: HttpAnswer): void {
    const failure = statusFailure(answer, this.#client.host, this.#settings.now());
    if (failure !== undefined) throw asHarmless(failure);
  }
}

/** The same fault of a request that asked for nothing: it may be sent again. */
export function asHarmless(fault: AuthorityError): AuthorityError {
  const { code, message, cause, retryAfter } = fault;
  return new AuthorityError(code, message, { cause, retryAfter, consequence: 'retry' });
}
