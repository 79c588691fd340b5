import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bottleneckOf, GeneratorWatch } from './generator-report.js';

describe('what a generator says about itself', () => {
  it('names what kept it from more', () => {
    assert.equal(bottleneckOf(0.2, 0.5, 1), 'none');
    assert.equal(bottleneckOf(0.95, 0.6, 1), 'generator');
    assert.equal(bottleneckOf(0.5, 0.99, 80), 'machine');
    assert.equal(bottleneckOf(0.5, 0.5, 80), 'generator');
  });

  it('counts its own processor time, memory and lateness', async () => {
    using watch = new GeneratorWatch();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const until = performance.now() + 300;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { processors, loopBusy, loopDelay, memory } = watch.report();
    assert.ok(processors > 0.05, `${processors} processors`);
    assert.ok(loopBusy > 0.3, `busy ${loopBusy}`);
    assert.ok(loopDelay.max > 200, `late by ${loopDelay.max} ms`);
    assert.ok(memory > 1e7, `${memory} bytes`);
  });
});
