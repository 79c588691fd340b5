import { type KeyPair, toPem } from '@opencapf/pki';
import { ProtocolError } from '@opencapf/protocol';
import { type Clock, systemClock } from '../clock.js';
import { PhoneError } from '../errors.js';
import type { PhoneIdentity } from '../identity.js';
import type { PersistentEnrollment } from '../persistence.js';
import { callService, cancelOperation, devicePath, putDevice, queueOperation, readJson } from './admin-steps.js';
import { checkDevice } from './check-step.js';
import { milliseconds } from './duration.js';
import { EventMissing, Events } from './events.js';
import { describeMismatch, mismatches } from './expectation.js';
import type { MakerStep, Pause, PhoneStep, Step } from './language.js';
import { distrust, givenCertificates, type Maker, makeMaker } from './maker.js';
import { visit } from './phone-visit.js';
import type { Scenario } from './scenario-file.js';
import { StepFailure } from './step-failure.js';
import { describeStep } from './step-words.js';
import type { ScenarioTarget } from './target.js';
import { putIn, UnknownVariable } from './variables.js';
import { phoneVariables, sessionCourse, visitFacts } from './visit-facts.js';

/** The step at which a scenario failed. */
export interface ScenarioFailure {
  readonly line: number;
  /** Which phone or device, and what it was to do. */
  readonly step: string;
  /** Each in words: what was expected and what came. */
  readonly problems: readonly string[];
}

/** What came of a scenario. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly durationMs: number;
  /** Empty when it passed. Steps that went on at the same time may fail together. */
  readonly failures: readonly ScenarioFailure[];
}

/** How scenarios are run. */
export interface RunOptions {
  readonly clock?: Clock | undefined;
  /** How long a step waits for an event; 60,000 ms by default. */
  readonly patienceMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Runs one scenario, and takes its devices away again. What the service does is a result, never an exception. */
export async function runScenario(
  scenario: Scenario,
  target: ScenarioTarget,
  { clock = systemClock, patienceMs = 60_000, signal }: RunOptions = {},
): Promise<ScenarioResult> {
  const begun = clock.now();
  const run = new Run(scenario, target, new Events(clock, patienceMs), signal);
  await run.steps(scenario.steps, []);
  await run.clear();
  return { scenario, durationMs: clock.now() - begun, failures: run.failures };
}

type Path = readonly (string | number)[];

class Run {
  readonly failures: ScenarioFailure[] = [];
  readonly #made = new Set<string>();
  readonly #makers = new Map<string, Maker>();
  readonly #held = new Map<string, PhoneIdentity>();
  readonly #remembered = new Map<string, PhoneIdentity>();
  readonly #variables = new Map<string, unknown>();
  readonly #givenUp = new AbortController();
  readonly #signal: AbortSignal;

  constructor(
    readonly scenario: Scenario,
    readonly target: ScenarioTarget,
    readonly events: Events,
    signal: AbortSignal | undefined,
  ) {
    this.#signal = signal === undefined ? this.#givenUp.signal : AbortSignal.any([signal, this.#givenUp.signal]);
  }

  /** One after the other; the first that fails is the last. */
  async steps(steps: readonly Step[], path: Path): Promise<void> {
    for (const [index, step] of steps.entries()) {
      if (this.#signal.aborted) return;
      await this.#step(step, [...path, index]);
    }
  }

  async clear(): Promise<void> {
    for (const name of this.#made) {
      try {
        await this.target.request('DELETE', devicePath(name));
      } catch (fault) {
        this.#fail(`delete ${name} after the scenario`, this.scenario.line, fault);
      }
    }
    for (const [label, maker] of this.#makers) {
      try {
        await distrust(maker, this.target);
      } catch (fault) {
        this.#fail(`distrust ${label} after the scenario`, this.scenario.line, fault);
      }
    }
  }

  async #step(written: Step, path: Path): Promise<void> {
    try {
      if ('together' in written) {
        await this.#together(written.together, [...path, 'together']);
        return;
      }
      await this.#perform(this.#withVariables(written));
    } catch (fault) {
      this.#fail(describeStep(written), this.scenario.lineOf(path), fault);
    }
  }

  async #together(branches: readonly (Step | readonly Step[])[], path: Path): Promise<void> {
    await Promise.all(
      branches.map((branch, index) =>
        isList(branch) ? this.steps(branch, [...path, index]) : this.#step(branch, [...path, index]),
      ),
    );
  }

  async #perform(step: Step): Promise<void> {
    if ('device' in step) await putDevice(step, this.target, this.#made);
    else if ('queue' in step) await queueOperation(step, this.target, this.events.clock.now());
    else if ('cancel' in step) await cancelOperation(step, this.target);
    else if ('check' in step) await checkDevice(step, this.target, this.#time());
    else if ('phone' in step) await this.#visit(step);
    else if ('wait' in step) await this.#pause(step.wait);
    else if ('mark' in step) this.events.tell(step.mark);
    else if ('maker' in step) await this.#make(step);
    else if ('request' in step) this.#learn(step.as, await callService(step, this.target));
  }

  async #make(step: MakerStep): Promise<void> {
    const maker = await makeMaker(step, this.target, this.events.clock.now());
    this.#makers.set(step.maker, maker);
    this.#learn(step.maker, { sha256: maker.sha256, pem: toPem('CERTIFICATE', maker.issuer.certificate.der) });
  }

  async #visit(step: PhoneStep): Promise<void> {
    const label = step.as ?? step.phone;
    const came = await visit(step, {
      target: this.target,
      identity: await givenCertificates(step, this.#identityOf(step, label), this.#makers, this.events.clock.now()),
      keyOf: (other) => this.#keyOf(other),
      reached: (stage) => this.events.tell(`${label} ${stage}`),
      pause: (pause) => this.#pause(pause),
      signal: this.#signal,
    });
    const { enrollment } = came;
    this.#held.set(label, enrollment.identity);
    if (step.remember !== undefined) this.#remembered.set(step.remember, enrollment.identity);
    this.#learn(label, phoneVariables(enrollment));
    this.events.tell(`${label} done`);
    const facts = visitFacts(came, this.target.trust);
    const wrong = mismatches(this.#put(step.expect), facts).map(describeMismatch);
    if (wrong.length > 0) throw new StepFailure([...wrong, ...(await this.#story(step.phone, came))]);
  }

  /** What both sides say about a session that went wrong. */
  async #story(name: string, came: PersistentEnrollment): Promise<readonly string[]> {
    const { message } = visitFacts(came, this.target.trust);
    const phoneSide = `the phone: ${message} (${sessionCourse(came.enrollment)})`;
    try {
      const { lastSession } = await readJson(this.target, devicePath(name));
      return [phoneSide, `the service, on the device's last session: ${JSON.stringify(lastSession)}`];
    } catch {
      return [phoneSide]; // the device may be unknown on purpose; the expectation that failed is the news
    }
  }

  #identityOf({ holds }: PhoneStep, label: string): PhoneIdentity {
    if (holds === 'nothing') return {};
    if (holds === undefined) return this.#held.get(label) ?? {};
    const remembered = this.#remembered.get(holds);
    if (remembered === undefined) throw new StepFailure([`no visit before remembers "${holds}"`]);
    return remembered;
  }

  #keyOf(label: string): KeyPair {
    const key = this.#held.get(label)?.lsc?.key;
    if (key === undefined) throw new StepFailure([`"${label}" has no LSC whose key could be copied`]);
    return key;
  }

  #learn(label: string | undefined, facts: unknown): void {
    if (label === undefined || typeof facts !== 'object' || facts === null) return;
    for (const [name, value] of Object.entries(facts)) {
      this.#variables.set(`${label}.${name}`, value);
      this.#learn(`${label}.${name}`, value);
    }
  }

  /** What a phone expects may name what comes of its own visit, so that is put in afterwards. */
  #withVariables(step: Exclude<Step, { together: unknown }>): Step {
    if (!('phone' in step)) return this.#put(step);
    const { expect, ...behaviour } = step;
    return { ...this.#put(behaviour), expect };
  }

  #put<Value>(value: Value): Value {
    return putIn(value, (name) => this.#variables.get(name)) as Value;
  }

  async #pause(pause: Pause): Promise<void> {
    if (typeof pause === 'string') await this.events.pass(milliseconds(pause), this.#signal);
    else await this.events.happens(pause.until, this.#signal);
  }

  #time() {
    const { clock } = this.events;
    return { now: () => clock.now(), pass: (duration: number) => this.events.pass(duration, this.#signal) };
  }

  #fail(step: string, line: number, fault: unknown): void {
    const isConsequence = fault instanceof EventMissing && this.#givenUp.signal.aborted;
    if (!isConsequence) this.failures.push({ step, line, problems: problemsOf(fault) });
    this.#givenUp.abort();
  }
}

function isList(branch: Step | readonly Step[]): branch is readonly Step[] {
  return Array.isArray(branch);
}

function problemsOf(fault: unknown): readonly string[] {
  if (fault instanceof StepFailure) return fault.problems;
  if (fault instanceof UnknownVariable || fault instanceof EventMissing) return [fault.message];
  if (fault instanceof PhoneError || fault instanceof ProtocolError) return [`${fault.code}: ${fault.message}`];
  return [fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)];
}
