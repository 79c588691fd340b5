import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { NodeClock } from './node-clock.js';

const start = Date.UTC(2026, 10, 20);
const hour = 3_600_000;

/** A machine whose clocks the test sets, and what the node says of them. */
function machine() {
  const set = { wall: start, elapsed: 1_000 };
  const said: { readonly level: number; readonly msg: string; readonly byMs?: number; readonly offsetMs?: number }[] =
    [];
  const log = pino({ level: 'info', base: null }, { write: (line: string) => void said.push(JSON.parse(line)) });
  const clock = new NodeClock(log, { wall: () => set.wall, elapsed: () => set.elapsed });
  return {
    clock,
    said,
    /** Lets time pass, on both clocks. */
    pass(ms: number): void {
      set.wall += ms;
      set.elapsed += ms;
    },
    setBy(ms: number): void {
      set.wall += ms;
    },
    compare: async (database: number): Promise<void> => await clock.compare(async () => database),
  };
}

describe('the clock of a node', () => {
  it("goes on while somebody sets the machine's back, and says so at the next beat", async () => {
    const { clock, said, pass, setBy, compare } = machine();
    await compare(start);
    setBy(-24 * hour);
    pass(5_000);
    assert.equal(clock.now().getTime(), start + 5_000);
    await compare(start + 5_000);
    assert.equal(clock.now().getTime(), start + 5_000);
    assert.deepEqual(
      said.map(({ level, byMs }) => ({ level, byMs })),
      [
        { level: 40, byMs: 24 * hour },
        { level: 40, byMs: undefined },
      ],
    );
  });

  it("is PostgreSQL's while the two differ, and the machine's when they agree again", async () => {
    const { clock, said, pass, setBy, compare } = machine();
    await compare(start + hour);
    assert.equal(clock.now().getTime(), start + hour);
    assert.equal(clock.offsetMs, -hour);
    pass(10_000);
    await compare(start + hour + 10_000);
    assert.equal(said.length, 1, 'said once');
    assert.match(said[0]?.msg ?? '', /PostgreSQL's time is gone by/);
    setBy(hour);
    await compare(start + hour + 10_300);
    assert.equal(clock.now().getTime(), start + hour + 10_000);
    assert.match(said.at(-1)?.msg ?? '', /is PostgreSQL's again/);
  });

  it('takes a slow answer for what it is', async () => {
    const { clock, said, pass } = machine();
    await clock.compare(async () => {
      pass(30_000);
      return start + 29_000;
    });
    assert.deepEqual(said, []);
    assert.equal(clock.now().getTime(), start + 30_000);
  });

  it('keeps its time when PostgreSQL does not answer', async () => {
    const { clock, pass, compare } = machine();
    await compare(start + hour);
    pass(10_000);
    await assert.rejects(
      clock.compare(async () => {
        throw new Error('lost');
      }),
    );
    assert.equal(clock.now().getTime(), start + hour + 10_000);
  });
});
