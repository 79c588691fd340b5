import assert from 'node:assert/strict';
import { openServiceClient } from 'opencapf/service-client';
import type { ListeningAt } from './service-process.js';

/** What the service of a test is started with, so that its administrator can call it. */
export const administratorSettings = { OPENCAPF_ADMIN_TOKEN: 'the-first-administrator' } as const;

/** An administrator of a service, over REST. */
export class Administrator implements AsyncDisposable {
  readonly #client;

  constructor(at: ListeningAt) {
    const token = administratorSettings.OPENCAPF_ADMIN_TOKEN;
    this.#client = openServiceClient({ server: at.admin, authority: at.ca, token });
  }

  /** Makes a call that the service is to answer with this status, and returns what it says. */
  async call<Body = Readonly<Record<string, unknown>>>(
    method: string,
    path: string,
    content?: object,
    status = 200,
  ): Promise<Body> {
    const body = content === undefined ? undefined : { type: 'application/json', content: JSON.stringify(content) };
    const answer = await this.#client.request(method, path, body);
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body as Body;
  }

  /** The trust bundle, PEM, as call control is given it. */
  async trustBundle(): Promise<string> {
    return await this.call<string>('GET', '/v1/trust-bundle');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}
