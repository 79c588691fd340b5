import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SessionStep } from '../enroll.js';
import type { Visit } from '../persistence.js';
import { Latencies } from './latencies.js';
import { noteVisits } from './visit-times.js';

const begun = 1_000;

/** An install in which everything takes 10 ms, and the key an hour. */
const steps: readonly SessionStep[] = [
  { at: begun + 10, event: 'connected' },
  { at: begun + 20, event: 'secured' },
  { at: begun + 30, event: 'received', command: 'AuthRequest' },
  { at: begun + 31, event: 'sent', command: 'AuthResponse' },
  { at: begun + 41, event: 'received', command: 'KeyGenerateRequest' },
  { at: begun + 42, event: 'sent', command: 'RequestInProgress' },
  { at: begun + 43, event: 'keyRequested' },
  { at: begun + 3_600_043, event: 'keyMade' },
  { at: begun + 3_600_044, event: 'sent', command: 'KeyGenerateResponse' },
  { at: begun + 3_600_054, event: 'received', command: 'StoreCertificateRequest' },
];

function visitOf(laterMs: number): Visit {
  const later = steps.map((step) => ({ ...step, at: step.at + laterMs }));
  return {
    begun: begun + laterMs,
    enrollment: {
      outcome: { kind: 'nothingPending' },
      ...{ sessionId: 1, endReason: undefined, tls: undefined, steps: later, identity: {} },
    },
  };
}

function timesOf(due: number, succeeded: boolean, visits = [visitOf(0)]): Readonly<Record<string, number>> {
  const latencies = new Latencies();
  noteVisits(visits, due, succeeded, latencies);
  return Object.fromEntries(Object.entries(latencies.percentiles()).map(([name, { max }]) => [name, Math.round(max)]));
}

describe('the times of a visit', () => {
  const ofSteps = {
    'TCP connection': 10,
    'TLS handshake': 10,
    'TLS to AuthRequest': 10,
    'AuthResponse to KeyGenerateRequest': 10,
    'KeyGenerateResponse to StoreCertificateRequest': 10,
  };

  it("are those of the server's steps, and of the whole without the phone's own key generation", () => {
    assert.deepEqual(timesOf(begun, true), { visit: 54, ...ofSteps });
  });

  it('count from when the phone was due, in the whole and in nothing else', () => {
    assert.deepEqual(timesOf(begun - 50, true), { visit: 104, ...ofSteps });
  });

  it('are, of a phone that came again, those of all its visits in the whole, and of each by itself in the steps', () => {
    const later = 3_600_100;
    assert.deepEqual(timesOf(begun, true, [visitOf(0), visitOf(later)]), { visit: 100 + 54, ...ofSteps });
  });

  it('have no whole when the visit failed', () => {
    assert.deepEqual(timesOf(begun, false), ofSteps);
  });
});

describe('percentiles', () => {
  it('are within a thousandth of what was recorded, from a microsecond to hours', () => {
    const latencies = new Latencies();
    for (let value = 1; value <= 10_000; value += 1) latencies.record('step', value);
    const { step } = latencies.percentiles();
    assert.ok(step);
    const { count, mean, p50, p90, p99, p999, max } = step;
    assert.equal(count, 10_000);
    const wanted = [
      [mean, 5_000.5],
      [p50, 5_000],
      [p90, 9_000],
      [p99, 9_900],
      [p999, 9_990],
      [max, 10_000],
    ] as const;
    for (const [came, expected] of wanted) {
      assert.ok(Math.abs(came - expected) <= expected / 1_000 + 0.01, `${came} for ${expected}`);
    }
  });

  it('take a clock that was set back for no time, and more than ten hours for ten', () => {
    const latencies = new Latencies();
    latencies.record('step', -5);
    latencies.record('step', 1e12);
    const { step } = latencies.percentiles();
    assert.ok(step && step.p50 <= 0.01);
    assert.ok(step && step.max >= 35_900_000);
  });
});
