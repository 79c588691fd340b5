import { PkiError } from '@opencapf/pki';
import { ProtocolError } from '@opencapf/protocol';
import { describeOutcome } from '../description.js';
import type { Enrollment } from '../enroll.js';
import { PhoneError } from '../errors.js';
import { didErrand, type LoadPhone } from './errand.js';

/** Visits that failed for the same reason at the same place. */
export interface Failure {
  /** The error's code; the outcome where the server said why. */
  readonly code: string;
  /** How far the session had come, where that matters. */
  readonly stage?: string;
  /** Of END_SESSION, where it came. */
  readonly reason?: number;
  readonly count: number;
  /** Why, in a sentence, of the first of them. */
  readonly message: string;
  /** Device names, the first few. */
  readonly names: readonly string[];
}

const namesKept = 10;

/** Counts what came of visits. */
export class Tally {
  readonly #outcomes = new Map<string, number>();
  readonly #failures = new Map<string, { facts: Omit<Failure, 'count' | 'names'>; names: string[] }>();
  #succeeded = 0;
  #failed = 0;

  /** @returns whether it came to what it was made for */
  count({ name, errand }: LoadPhone, enrollment: Enrollment): boolean {
    const { outcome, endReason } = enrollment;
    this.#outcomes.set(outcome.kind, (this.#outcomes.get(outcome.kind) ?? 0) + 1);
    if (didErrand(outcome, errand)) {
      this.#succeeded += 1;
      return true;
    }
    this.#fail(name, {
      code: 'fault' in outcome ? outcome.fault.code : outcome.kind,
      ...('stage' in outcome ? { stage: outcome.stage } : {}),
      ...(endReason === undefined ? {} : { reason: endReason }),
      message: describeOutcome(outcome),
    });
    return false;
  }

  /** A visit that this machine could not make. */
  countFault({ name }: LoadPhone, fault: unknown): void {
    const known = fault instanceof PhoneError || fault instanceof ProtocolError || fault instanceof PkiError;
    this.#fail(name, {
      code: known ? fault.code : 'unexpected',
      message: fault instanceof Error ? fault.message : String(fault),
    });
  }

  get succeeded(): number {
    return this.#succeeded;
  }

  get failed(): number {
    return this.#failed;
  }

  /** How often each outcome came. */
  outcomes(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#outcomes);
  }

  /** What failed, the most frequent first. */
  failures(): readonly Failure[] {
    return [...this.#failures.values()]
      .map(({ facts, names }) => ({ ...facts, count: names.length, names: names.slice(0, namesKept) }))
      .sort((one, other) => other.count - one.count);
  }

  /** Every phone that failed. */
  failedNames(): readonly string[] {
    return [...this.#failures.values()].flatMap(({ names }) => names);
  }

  #fail(name: string, facts: Omit<Failure, 'count' | 'names'>): void {
    this.#failed += 1;
    const key = `${facts.code} ${facts.stage} ${facts.reason}`;
    const alike = this.#failures.get(key);
    if (alike === undefined) this.#failures.set(key, { facts, names: [name] });
    else alike.names.push(name);
  }
}
