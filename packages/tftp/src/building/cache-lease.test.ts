import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BuiltFiles } from './built-files.js';
import { CacheLease, type Hearing } from './cache-lease.js';

/** A lease of 25 ms on a clock that the test sets, and who is asked whether all has been heard. */
function leased() {
  let now = 0;
  const asked: ((heard: boolean) => void)[] = [];
  const hearing: Hearing = { hasHeard: async () => await new Promise((resolve) => asked.push(resolve)) };
  const lease = new CacheLease(25, () => now);
  lease.begin(hearing);
  const answer = async (heard = true): Promise<void> => {
    asked.shift()?.(heard);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const at = (time: number): boolean => {
    now = time;
    return lease.covers(hearing);
  };
  return { lease, hearing, asked, answer, at };
}

describe('a lease on what is kept', () => {
  it('holds from when it was asked for, not from when that was answered, and is asked for once at a time', async () => {
    const { answer, asked, at } = leased();
    assert.equal(at(100), false);
    assert.equal(at(110), false);
    assert.equal(asked.length, 1);
    await answer();
    assert.equal(at(101), true);
    assert.equal(at(124), true);
    assert.equal(at(125), false);
  });

  it('is renewed before it ends by those who use it, and lapses when they stay away or are not answered', async () => {
    const { answer, asked, at } = leased();
    at(0);
    await answer();
    assert.equal(at(8), true);
    assert.equal(asked.length, 0);
    for (const time of [10, 20, 30, 40]) {
      assert.equal(at(time), true, `at ${time}`);
      await answer();
    }
    assert.equal(at(60), true);
    assert.equal(at(64), true);
    assert.equal(at(65), false, 'the answer to 60 has not come');
    await answer();
    assert.equal(at(70), true);
    await answer();
    assert.equal(at(500), false);
    await answer(false);
    assert.equal(at(501), false, 'not all was heard');
  });

  it('does not hold after a change that is known by other ways: what was asked before does not count', async () => {
    const { answer, at, lease } = leased();
    at(0);
    await answer();
    assert.equal(at(10), true);
    lease.mayHaveChanged();
    assert.equal(at(10), false);
    await answer();
    assert.equal(at(11), false, 'asked before the change');
    await answer();
    assert.equal(at(12), true);
  });

  it('covers nothing that was asked in another hearing, nor anything when nothing is heard', async () => {
    const { answer, at, hearing, lease } = leased();
    at(0);
    await answer();
    assert.equal(at(1), true);
    lease.end();
    assert.equal(at(2), false);
    assert.equal(lease.hearing, undefined);
    const next: Hearing = { hasHeard: async () => true };
    lease.begin(next);
    assert.equal(lease.covers(hearing), false);
    assert.equal(lease.covers(next), false);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(lease.covers(next), true);
    assert.equal(lease.covers(undefined), false);
    lease.begin({
      hasHeard: async () => {
        throw new Error('the connection is broken');
      },
    });
    const broken = lease.hearing;
    for (let n = 0; n < 3; n += 1) {
      assert.equal(lease.covers(broken), false);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
});

describe('an answer that comes when another hearing has begun', () => {
  it('says nothing of that one', async () => {
    const { answer, at, lease } = leased();
    at(0);
    lease.end();
    const next: Hearing = { hasHeard: async () => await new Promise(() => undefined) };
    lease.begin(next);
    await answer();
    assert.equal(lease.covers(next), false);
  });
});

describe('what is kept under a lease', () => {
  it('is given without a question while it holds, also when what was found current was older than the hearing', async () => {
    const { answer, at, lease } = leased();
    const files = new BuiltFiles<string>(1_000_000, ({ length }) => length, lease);
    let questions = 0;
    const get = async (made: string): Promise<string> =>
      await files.get(
        'a',
        async () => made,
        () => {
          questions += 1;
          return true;
        },
      );
    assert.equal(await get('one'), 'one');
    assert.equal(await get('two'), 'one');
    assert.equal(questions, 1);
    await answer();
    at(10);
    assert.deepEqual([await get('two'), await get('two'), questions], ['one', 'one', 1]);
    files.drop('a');
    assert.deepEqual([await get('two'), questions], ['two', 1]);

    lease.end();
    assert.deepEqual([await get('three'), questions], ['two', 2]);
    lease.begin({ hasHeard: async () => true });
    assert.deepEqual([await get('three'), questions], ['two', 3]);
    assert.deepEqual([await get('three'), questions], ['two', 4], 'the lease is asked for now');
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([await get('three'), questions], ['two', 4]);
  });

  it('is current from before it was asked about, not from when that was answered', async () => {
    const { lease } = leased();
    const files = new BuiltFiles<string>(1_000_000, ({ length }) => length, lease);
    await files.get(
      'a',
      async () => 'old',
      () => true,
    );
    let judge: (isCurrent: boolean) => void = () => undefined;
    const first = files.get(
      'a',
      async () => 'new',
      async () =>
        await new Promise<boolean>((resolve) => {
          judge = resolve;
        }),
    );
    // What changes now is announced to nobody.
    lease.end();
    const next: Hearing = { hasHeard: async () => true };
    lease.begin(next);
    lease.covers(next);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(lease.covers(next), true);
    judge(true);
    assert.equal(await first, 'old');
    await isMadeAnew(files);
  });

  it('is not what was asked for before the hearing began', async () => {
    const { answer, lease } = leased();
    lease.end();
    const files = new BuiltFiles<string>(1_000_000, ({ length }) => length, lease);
    let make: (made: string) => void = () => undefined;
    const first = files.get(
      'a',
      async () =>
        await new Promise<string>((resolve) => {
          make = resolve;
        }),
      () => true,
    );
    const hearing: Hearing = { hasHeard: async () => true };
    lease.begin(hearing);
    lease.covers(hearing);
    await answer();
    make('old');
    assert.equal(await first, 'old');
    assert.equal(lease.covers(hearing), true);
    await isMadeAnew(files);
  });
});

/** Fails unless the one that is kept is asked about, and made once more as it is not current. */
async function isMadeAnew(files: BuiltFiles<string>): Promise<void> {
  assert.equal(
    await files.get(
      'a',
      async () => 'new',
      () => false,
    ),
    'new',
  );
}
