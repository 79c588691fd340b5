import { setMaxListeners } from 'node:events';
import { findDueAuthorities, type RequestEnd, readRequestEnds } from '@opencapf/store';
import type { KnownAuthority } from '../authorities.js';
import { AuthorityLane, type AuthorityStanding, type LaneOptions } from './authority-lane.js';
import { WaitingSessions } from './waiting-sessions.js';

/** How often it is looked what is due, in milliseconds. */
const lookEveryMs = 1_000;
/** Where no authority elsewhere has anything due, it is looked every so many times only. */
const idleLooks = 10;

/**
 * Asks authorities elsewhere for the certificates that sessions, of whichever node, have committed requests for. Each node has
 * one: what is due is claimed in Postgres, so that nothing is asked by two, and what a lost node was at is taken up.
 */
export class AuthorityRequests {
  readonly #options: LaneOptions;
  readonly #lanes = new Map<number, AuthorityLane>();
  readonly #waiting = new WaitingSessions();
  readonly #draining = new AbortController();
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #idle = 0;
  #unwell = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    // Each call under way listens.
    setMaxListeners(0, this.#ending.signal);
  }

  /** Looks again and again what is due. */
  start(): void {
    this.#timer ??= setInterval(() => {
      this.#idle -= 1;
      if (this.#idle <= 0 || this.#waiting.certificates().length > 0) void this.look();
    }, lookEveryMs);
    void this.look();
  }

  /**
   * Has a committed request sent, if it was not, and waits for what comes of it.
   *
   * @param certificate - The id of what was intended.
   * @param version - Of authorities, as the session knows it.
   * @returns how it ended; undefined when it did not in time
   */
  async outcomeOf(
    { id, terms }: KnownAuthority,
    version: number,
    certificate: number,
  ): Promise<RequestEnd | undefined> {
    if (!this.#draining.signal.aborted) {
      const waiting = this.#waiting.wait(certificate, terms?.patienceMs ?? 0);
      void this.#lane(id).fill(version);
      const end = await waiting;
      if (end !== undefined) return end;
    }
    // Another node may have heard of it in this moment.
    return (await readRequestEnds(this.#options.database, [certificate])).get(certificate);
  }

  /** Looks once what is due, and what others have heard; resolves when that is set about. */
  async look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  /** How each authority stands that was asked by this node. */
  standings(): readonly AuthorityStanding[] {
    return [...this.#lanes.values()].map(({ standing }) => standing);
  }

  /**
   * Asks for nothing more, and lets what is under way finish for so long; what is left is *lost*, and taken up by whoever looks
   * next. Sessions wait no longer then.
   */
  async stop(drainMs: number): Promise<void> {
    this.#draining.abort();
    clearInterval(this.#timer);
    await this.#looking;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    const quiet = this.quiet();
    await Promise.race([quiet, limit]);
    clearTimeout(timer);
    this.#ending.abort();
    await quiet;
    this.#waiting.giveUp();
  }

  /** Resolves when no call is under way. */
  async quiet(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(async (lane) => await lane.quiet()));
  }

  async #look(): Promise<void> {
    const { database, log } = this.#options;
    try {
      const { version, due } = await findDueAuthorities(database);
      this.#idle = due.length === 0 && this.#lanes.size === 0 ? idleLooks : 0;
      for (const { issuer, atOnce } of due) {
        const lane = this.#lane(issuer);
        if (atOnce) lane.hasten();
        void lane.fill(version);
      }
      await this.#hear();
      this.#unwell = false;
    } catch (err) {
      if (!this.#unwell) log.warn({ err }, 'it could not be looked what certificate authorities are to be asked for');
      this.#unwell = true;
    }
  }

  /** What sessions here wait for may be in the hands of another node. */
  async #hear(): Promise<void> {
    const here = new Set([...this.#lanes.values()].flatMap(({ asking }) => asking));
    const elsewhere = this.#waiting.certificates().filter((certificate) => !here.has(certificate));
    if (elsewhere.length === 0) return;
    for (const [certificate, end] of await readRequestEnds(this.#options.database, elsewhere)) {
      this.#waiting.tell(certificate, end);
    }
  }

  #lane(issuer: number): AuthorityLane {
    const known = this.#lanes.get(issuer);
    if (known !== undefined) return known;
    const lane = new AuthorityLane(issuer, this.#options, (certificate, end) => this.#waiting.tell(certificate, end), {
      draining: this.#draining.signal,
      ending: this.#ending.signal,
    });
    this.#lanes.set(issuer, lane);
    return lane;
  }
}
