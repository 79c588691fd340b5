import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge } from './judgement.js';
import type { GrowthFigures, WaitingFigures } from './report.js';

const where = { processors: '2 x Test', node: '20', day: '2026-01-01' };

function waiting(phones: number, bytesEach: number): WaitingFigures {
  const fresh = { times: { p50: 1, p99: 2, p999: 3 }, count: 10, perSecond: 1, failed: 0 };
  return { ...where, phones, finished: phones, bytesEach, releasedPerSecond: 1, meanwhile: fresh, finishing: fresh };
}

function growth(devices: number, costMs: number): GrowthFigures {
  const call = { costMs, p50: 1, p99: 1 };
  return { ...where, devices, calls: { devices: call }, enrolment: call };
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

  it('bounds the cost at the largest size by that at the smallest', () => {
    assert.deepEqual(broken({ growth: [growth(1_000, 2), growth(100_000, 9), growth(1_000_000, 3)] }), []);
    assert.equal(broken({ growth: [growth(1_000, 2), growth(1_000_000, 3.1)] }).length, 2);
  });

  it('takes a figure that is missing for one that does not hold', () => {
    const { meanwhile: _, ...odd } = waiting(5_000, 1);
    assert.equal(broken({ waiting: [odd] }).length, 2);
  });
});
