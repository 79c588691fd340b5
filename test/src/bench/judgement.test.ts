import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge } from './judgement.js';
import type { AuthorityFigures, GrowthFigures, WaitCost, WaitingFigures } from './report.js';

const where = { processors: '2 x Test', node: '20', day: '2026-01-01' };

function waiting(phones: number, bytesEach: number): WaitingFigures {
  const fresh = { times: { p50: 1, p99: 2, p999: 3 }, count: 10, perSecond: 1, failed: 0 };
  return { ...where, phones, finished: phones, bytesEach, releasedPerSecond: 1, meanwhile: fresh, finishing: fresh };
}

function growth(devices: number, costMs: number): GrowthFigures {
  const call = { costMs, p50: 1, p99: 1 };
  return { ...where, devices, calls: { devices: call }, enrolment: call };
}

function authority(waiting: Partial<WaitCost>, waitingAsUsual: Partial<WaitCost> = {}): AuthorityFigures {
  const cost: WaitCost = {
    ...{ finished: 200, visits: 200, heldBytesEach: 100, peakBytesEach: 100 },
    ...{ idleServerMs: 1, waitingServerMs: 1, waitingPostgresMs: 1, serverMs: 5, postgresMs: 5 },
  };
  return {
    ...{ ...where, phones: 200, seconds: 30, certifiedTwice: 0, makingKeys: cost },
    ...{ waiting: { ...cost, ...waiting }, waitingAsUsual: { ...cost, ...waitingAsUsual } },
  };
}

function broken(report: Parameters<typeof judge>[0]): readonly string[] {
  return judge(report).flatMap(({ what, holds }) => (holds ? [] : [what]));
}

describe('what must hold in the bench', () => {
  it('is asked of the parts that were measured, and of no others', () => {
    assert.deepEqual(judge({}), []);
    assert.equal(judge({ growth: [growth(1_000, 1)] }).length, 0);
  });

  it('bounds memory at 5,000 waiting phones, and reports it at other sizes', () => {
    assert.deepEqual(
      broken({ waiting: [waiting(1_000, 90_000), waiting(5_000, 65_536), waiting(10_000, 90_000)] }),
      [],
    );
    assert.deepEqual(broken({ waiting: [waiting(5_000, 65_537)] }), ['bytes for each of 5000 waiting phones']);
  });

  it('bounds what waiting for an authority costs by what making keys does, and not what it comes to in the end', () => {
    const more = { serverMs: 20, postgresMs: 20, visits: 400 };
    assert.deepEqual(
      broken({ authority: authority({ ...more, heldBytesEach: 900, waitingServerMs: 1.25 }, more) }),
      [],
    );
    assert.equal(broken({ authority: authority({ waitingServerMs: 1.26 }) }).length, 1);
    assert.equal(broken({ authority: authority({}, { heldBytesEach: 101 }) }).length, 1);
    assert.equal(broken({ authority: authority({ finished: 199 }) }).length, 1);
  });

  it('bounds the cost at the largest size by that at the smallest', () => {
    assert.deepEqual(broken({ growth: [growth(1_000, 2), growth(100_000, 9), growth(1_000_000, 3)] }), []);
    assert.equal(broken({ growth: [growth(1_000, 2), growth(1_000_000, 3.1)] }).length, 2);
  });

  it('takes a figure that is missing for one that does not hold', () => {
    const { meanwhile: _, ...odd } = waiting(5_000, 1);
    assert.equal(broken({ waiting: [odd] }).length, 2);
  });
});
