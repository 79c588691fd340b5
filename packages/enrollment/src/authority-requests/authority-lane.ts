import type { AuthorityError } from '@opencapf/authority';
import { type ClaimedRequest, claimRequests, type Database, noteStanding, type RequestEnd } from '@opencapf/store';
import type { Authorities, KnownAuthority } from '../authorities.js';
import type { EventLog } from '../event-log.js';
import { attempt } from './attempt.js';
import { Circuit, type CircuitState } from './circuit.js';
import { recordAttempt } from './record-attempt.js';

/** What a node's requests to authorities are made with. */
export interface LaneOptions {
  readonly database: Database;
  readonly authorities: Authorities;
  /** UUID of this node. */
  readonly nodeId: string;
  readonly log: EventLog;
  readonly clock: () => Date;
  /** Milliseconds on a clock that never jumps. */
  readonly elapsed: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** How an authority elsewhere stands, as this node sees it. */
export interface AuthorityStanding {
  readonly issuer: number;
  /** Undefined as long as it was not opened. */
  readonly name: string | undefined;
  /** Calls. */
  readonly underWay: number;
  readonly circuit: CircuitState;
  /** The last time that it could not be asked, until it answers again. */
  readonly lastFault: { readonly code: string; readonly words: string; readonly at: Date } | undefined;
}

/** When a lane is to stop. */
export interface LaneSignals {
  /** Nothing more is claimed. */
  readonly draining: AbortSignal;
  /** Calls under way end. */
  readonly ending: AbortSignal;
}

/** A claim outlives its call by so much, in milliseconds: for opening it and for recording what came of it. */
const leaseBeyondMs = 30_000;

/** What this node asks of one authority: so many calls at once at most, whatever other authorities do meanwhile. */
export class AuthorityLane {
  readonly #issuer: number;
  readonly #options: LaneOptions;
  readonly #onEnd: (certificate: number, end: RequestEnd) => void;
  readonly #signals: LaneSignals;
  readonly #circuit: Circuit;
  readonly #underWay = new Map<number, Promise<void>>();
  #version = 0;
  #filling: Promise<void> | undefined;
  #again = false;
  #name: string | undefined;
  #lastFault: AuthorityStanding['lastFault'];
  #telling: Promise<void> = Promise.resolve();

  constructor(
    issuer: number,
    options: LaneOptions,
    onEnd: (certificate: number, end: RequestEnd) => void,
    signals: LaneSignals,
  ) {
    this.#issuer = issuer;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#signals = signals;
    this.#circuit = new Circuit(options.elapsed, options.random);
  }

  /** Ids of the certificates that are asked for now. */
  get asking(): readonly number[] {
    return [...this.#underWay.keys()];
  }

  get standing(): AuthorityStanding {
    return {
      issuer: this.#issuer,
      name: this.#name,
      underWay: this.#underWay.size,
      circuit: this.#circuit.state,
      lastFault: this.#lastFault,
    };
  }

  /** Resolves when no call is under way. */
  async quiet(): Promise<void> {
    await this.#filling;
    await Promise.all(this.#underWay.values());
    await this.#telling;
  }

  /** An administrator wants it tried now. */
  hasten(): void {
    this.#circuit.hasten();
  }

  /** Claims what is due, as far as there is room, and sets about it. @param version - of authorities, as it is known */
  async fill(version: number): Promise<void> {
    this.#version = Math.max(this.#version, version);
    this.#again = true;
    // Begun behind this turn: where the circuit is open it is over at once, and would end before it is noted that it has begun.
    this.#filling ??= Promise.resolve().then(async () => await this.#fill());
    await this.#filling;
  }

  async #fill(): Promise<void> {
    try {
      while (this.#again && !this.#signals.draining.aborted) {
        this.#again = false;
        if (this.#circuit.room(1, 0) === 0) continue;
        await this.#options.authorities.use(this.#issuer, this.#version, (known) => this.#claim(known));
      }
    } catch (err) {
      if (this.#lastFault === undefined) {
        this.#options.log.warn({ err, issuer: this.#issuer }, 'requests to a certificate authority cannot be taken up');
      }
      const before = this.#circuit.state;
      this.#circuit.failed();
      this.#note(err);
      this.#tell(before);
    } finally {
      this.#filling = undefined;
    }
  }

  async #claim(known: KnownAuthority): Promise<void> {
    const { database, nodeId } = this.#options;
    const { terms } = known;
    this.#name = known.name;
    if (terms === undefined) return;
    const room = this.#circuit.room(terms.concurrency, this.#underWay.size);
    if (room === 0) return;
    const leaseMs = terms.timeoutMs + leaseBeyondMs;
    const claimed = await claimRequests(database, this.#issuer, nodeId, room, leaseMs);
    for (const request of claimed) {
      const done = this.#ask(request).finally(() => this.#underWay.delete(request.certificate));
      this.#underWay.set(request.certificate, done);
      // More may be due than there was room for.
      if (claimed.length === room) void done.then(() => this.fill(this.#version));
    }
  }

  async #ask(request: ClaimedRequest): Promise<void> {
    const { authorities, database, nodeId, log, clock, random } = this.#options;
    const facts = { issuer: this.#issuer, device: request.deviceName, reference: request.reference };
    try {
      await authorities.use(this.#issuer, this.#version, async ({ authority, terms }) => {
        const { outcome, away } = await attempt({
          authority,
          request,
          now: clock,
          timeoutMs: terms?.timeoutMs ?? 0,
          ending: this.#signals.ending,
          onFault: (err) =>
            log.error({ err, ...facts }, 'a request to a certificate authority broke by a fault of ours'),
        });
        this.#judge(away);
        const claim = { certificate: request.certificate, node: nodeId };
        const end = await recordAttempt({ database, claim, attempts: request.attempts, random }, outcome);
        if (end !== undefined) this.#onEnd(request.certificate, end);
      });
    } catch (err) {
      // Its lease will be over, and somebody takes it up.
      log.warn({ err, ...facts }, 'what came of a request to a certificate authority could not be recorded');
    }
  }

  #judge(away: AuthorityError | undefined): void {
    const before = this.#circuit.state;
    if (away === undefined) {
      this.#circuit.answered();
      this.#lastFault = undefined;
    } else {
      this.#circuit.failed();
      this.#note(away);
    }
    this.#tell(before);
  }

  /** What changed is written down for administrators: it may be another process that they ask. */
  #tell(before: CircuitState): void {
    const { state } = this.#circuit;
    if (state === before) return;
    const { database, nodeId, log } = this.#options;
    const facts = { issuer: this.#issuer, name: this.#name, circuit: state };
    if (state === 'open') log.warn(facts, `a certificate authority is away: ${this.#lastFault?.words}`);
    else log.info(facts, 'a certificate authority is back');
    this.#telling = this.#telling.then(async () => {
      try {
        await noteStanding(database, this.#issuer, nodeId, state, this.#lastFault);
      } catch (err) {
        log.warn({ err, ...facts }, 'how a certificate authority stands could not be recorded');
      }
    });
  }

  #note(fault: unknown): void {
    const code = fault instanceof Error && 'code' in fault ? String(fault.code) : 'service-fault';
    const words = fault instanceof Error ? fault.message : String(fault);
    this.#lastFault = { code, words, at: this.#options.clock() };
  }
}
