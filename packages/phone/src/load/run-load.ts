import { setMaxListeners } from 'node:events';
import { type KeyPair, type KeyType, keyTypeName } from '@opencapf/pki';
import type { ProtocolVersion } from '@opencapf/protocol';
import { systemClock } from '../clock.js';
import type { Enrollment } from '../enroll.js';
import { enrollPersistently, type Persistence, type PersistentEnrollment } from '../persistence.js';
import type { PhoneTls } from '../phone-tls.js';
import type { LoadPhone } from './errand.js';
import { type GeneratorReport, GeneratorWatch } from './generator-report.js';
import { Latencies, type Percentiles } from './latencies.js';
import { type PaceSettings, paced } from './pace.js';
import { type Failure, Tally } from './tally.js';
import { noteVisits } from './visit-times.js';

/** How a load's phones visit. */
export interface LoadSettings extends PaceSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: PhoneTls;
  readonly version?: ProtocolVersion | undefined;
  /** How long a phone waits for TCP, for TLS and for each answer, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** How phones come again after a communication failure, with what they hold; not at all by default. */
  readonly comesAgain?: Persistence | undefined;
  /**
   * The key of this phone, made before. A phone that is asked for a key of the same type once more asks for it as
   * `NAME again 1` and so on: a new key is another one.
   */
  readonly keyFor: (name: string, type: KeyType) => Promise<KeyPair | undefined>;
  /** The time that a phone spends in key generation; none by default. */
  readonly keyTime?: ((reportProgress: () => Promise<void>) => Promise<void>) | undefined;
  /** Is told after each visit. */
  readonly watch?: ((progress: LoadProgress) => void) | undefined;
  /** Is told what came of each phone's last visit. */
  readonly each?: ((phone: LoadPhone, enrollment: Enrollment) => void) | undefined;
}

/** How far a load has come. */
export interface LoadProgress {
  readonly done: number;
  readonly failed: number;
  readonly underWay: number;
}

/** What came of a load: plain JSON. Times are in milliseconds. */
export interface LoadResult {
  /** Phones that came. */
  readonly visits: number;
  /** How often phones came again after a communication failure. */
  readonly visitsAgain: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Phones that did not come any more, or were taken away, when the load was broken off. */
  readonly brokenOff: number;
  readonly elapsedMs: number;
  /** Visits that came to what they were made for, each second. */
  readonly perSecond: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
  /** By step, seen from the phone. */
  readonly latency: Readonly<Record<string, Percentiles>>;
  /** With a rate: how many had to wait because as many as may be were there already. */
  readonly heldBack: number;
  readonly generator: GeneratorReport;
}

/** A load's result with the names of all phones that failed. */
export interface FinishedLoad {
  readonly result: LoadResult;
  readonly failedNames: readonly string[];
}

/**
 * Lets phones come, each once or as often as it must, and measures. Whatever server and network do is counted; aborting the signal takes away the
 * phones that are there and lets no further ones come.
 */
export async function runLoad(phones: readonly LoadPhone[], settings: LoadSettings): Promise<FinishedLoad> {
  const { clock = systemClock, signal, watch, each } = settings;
  if (signal !== undefined) setMaxListeners(0, signal);
  const latencies = new Latencies();
  const tally = new Tally();
  let underWay = 0;
  let visitsAgain = 0;
  using generator = new GeneratorWatch();
  const begun = clock.now();
  const { heldBack } = await paced(phones.length, settings, async (number, due) => {
    const phone = phones[number];
    if (phone === undefined) return;
    underWay += 1;
    try {
      const { enrollment, visits, brokenOff } = await visit(phone, settings);
      visitsAgain += visits.length - 1;
      if (!brokenOff) noteVisits(visits, due, tally.count(phone, enrollment), latencies);
      each?.(phone, enrollment);
    } catch (fault) {
      tally.countFault(phone, fault);
    }
    underWay -= 1;
    watch?.({ done: tally.succeeded + tally.failed, failed: tally.failed, underWay });
  });
  const elapsedMs = clock.now() - begun;
  const visits = tally.succeeded + tally.failed;
  const result: LoadResult = {
    ...{ visits, visitsAgain, succeeded: tally.succeeded, failed: tally.failed, brokenOff: phones.length - visits },
    elapsedMs: Math.round(elapsedMs),
    perSecond: Math.round((tally.succeeded / elapsedMs) * 1e5) / 100,
    outcomes: tally.outcomes(),
    failures: tally.failures(),
    latency: latencies.percentiles(),
    heldBack,
    generator: generator.report(),
  };
  return { result, failedNames: tally.failedNames() };
}

async function visit(phone: LoadPhone, settings: LoadSettings): Promise<PersistentEnrollment> {
  const { name, authString, identity, proof } = phone;
  const { host, port, tls, version, timeoutMs, signal, clock, keyFor, keyTime, comesAgain = once } = settings;
  const asked = new Map<string, number>();
  return await enrollPersistently(
    { host, port, tls, version, timeoutMs, signal, clock, name, authString, identity, proof },
    {
      makeKey: async (type, reportProgress) => {
        const before = asked.get(keyTypeName(type)) ?? 0;
        asked.set(keyTypeName(type), before + 1);
        const key = await keyFor(before === 0 ? name : `${name} again ${before}`, type);
        await keyTime?.(reportProgress);
        return key;
      },
    },
    comesAgain,
  );
}

const once: Persistence = { times: 0, pauseMs: 0 };
