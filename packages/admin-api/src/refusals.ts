import { recordAudit } from '@opencapf/store';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { callerAddress } from './caller-address.js';
import { AdminApiError } from './errors.js';
import { toProblem } from './problem.js';
import { RefusedTokens } from './refused-tokens.js';
import type { AdminApiServices } from './services.js';

const flushEveryMs = 10_000;

/** Whom the audit names for a call whose token is not known. */
const stranger = 'stranger';

/**
 * Writes refusals into the audit: one entry for each call of an administrator that would have changed something, or that
 * the role does not allow; refused tokens by network and minute ({@link RefusedTokens}).
 *
 * An entry that cannot be written is logged: a refused call changed nothing that would have to be taken back.
 */
export class Refusals {
  readonly #database: AdminApiServices['database'];
  readonly #tokens: RefusedTokens;

  constructor({ database, elapsed = () => performance.now() }: AdminApiServices) {
    this.#database = database;
    this.#tokens = new RefusedTokens(elapsed);
  }

  /** Tells the audit, while the server runs, what a minute held; and at its end, what is left. */
  watch(app: FastifyInstance): void {
    const flush = async (): Promise<void> => {
      for (const { address, times } of this.#tokens.takeUntold()) await this.#tellToken(app, address, { times });
    };
    const timer = setInterval(() => {
      if (this.#tokens.minuteOver) void flush();
    }, flushEveryMs);
    timer.unref();
    app.addHook('onClose', async () => {
      clearInterval(timer);
      await flush();
    });
  }

  /**
   * Counts a token that is unknown, expired or revoked.
   *
   * @returns what to refuse it with: AdminApiError `token-refused`, or `too-many-refused-tokens` with the seconds to wait
   */
  async token(request: FastifyRequest): Promise<{ readonly fault: AdminApiError; readonly waitSeconds?: number }> {
    const address = callerAddress(request);
    if (this.#tokens.minuteOver) {
      for (const untold of this.#tokens.takeUntold()) {
        await this.#tellToken(request.server, untold.address, { times: untold.times });
      }
    }
    const { first, waitSeconds } = this.#tokens.count(address);
    if (first) await this.#tellToken(request.server, address, { method: request.method, call: callOf(request) });
    return waitSeconds === undefined
      ? { fault: new AdminApiError('token-refused') }
      : { fault: new AdminApiError('too-many-refused-tokens', `wait ${waitSeconds} s`), waitSeconds };
  }

  /** Records that a call was refused, or failed by a fault of ours. Never what its body held. */
  async call(request: FastifyRequest, fault: unknown): Promise<void> {
    const { administrator } = request;
    if (administrator === undefined) return;
    const { status, code } = toProblem(fault);
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (code === 'service-unavailable' || (reads && status !== 403)) return;
    const params = Object.entries(request.params as Readonly<Record<string, string>>);
    const device = params.find(([name]) => name === 'name')?.[1];
    await this.#tell(request.server, {
      actor: administrator.name,
      action: 'call.refuse',
      outcome: status >= 500 ? 'failed' : 'refused',
      ...(device === undefined ? {} : { subjectKind: 'device', subject: withoutControls(device).slice(0, 128) }),
      remoteAddress: callerAddress(request),
      detail: { method: request.method, call: callOf(request), code, status },
    });
  }

  async #tellToken(app: FastifyInstance, address: string | undefined, detail: Readonly<Record<string, unknown>>) {
    await this.#tell(app, {
      actor: stranger,
      action: 'token.refuse',
      outcome: 'refused',
      remoteAddress: address,
      detail,
    });
  }

  async #tell(app: FastifyInstance, event: Parameters<typeof recordAudit>[1]): Promise<void> {
    await recordAudit(this.#database.queries, event).catch((err: unknown) => {
      app.log.error({ err, action: event.action }, 'a refusal could not be written into the audit');
    });
  }
}

/** The call as the description of the API names it, without what was filled in. */
function callOf(request: FastifyRequest): string {
  return (request.routeOptions.url ?? '').replaceAll(/:(\w+)/g, '{$1}');
}

function withoutControls(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cs}]/gu, '?');
}
