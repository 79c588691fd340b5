import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OnRecord, SharedQuestion } from './on-record.js';

interface Asked {
  readonly devices: readonly string[];
  readonly answer: (signer: string) => void;
  readonly fail: () => void;
}

/** Questions that are answered when the test says so. */
function store() {
  const asked: Asked[] = [];
  const question = new SharedQuestion(
    (devices) =>
      new Promise<OnRecord>((resolve, reject) => {
        const answer = (signer: string): void =>
          resolve({ signer, lists: { itl: undefined, ctl: undefined }, devices: new Map() });
        asked.push({ devices, answer, fail: () => reject(new Error('away')) });
      }),
  );
  const signer = async (device?: string): Promise<string | undefined> => (await question.now(device)).signer;
  return { asked, signer };
}

test('whoever comes while a question is under way has the answer to the next one, which all of them share', async () => {
  const { asked, signer } = store();
  const first = signer('SEP1');
  const later = [signer('SEP2'), signer(), signer('SEP2'), signer('SEP1')];
  assert.equal(asked.length, 1);
  asked[0]?.answer('before');
  assert.equal(await first, 'before');
  asked[1]?.answer('after');
  assert.deepEqual(await Promise.all(later), ['after', 'after', 'after', 'after']);
  assert.deepEqual(
    asked.map(({ devices }) => devices),
    [['SEP1'], ['SEP2', 'SEP1']],
  );
});

test('a question that fails is answered to nobody else', async () => {
  const { asked, signer } = store();
  const first = signer();
  const second = signer();
  asked[0]?.fail();
  await assert.rejects(first, /away/);
  asked[1]?.answer('here');
  assert.equal(await second, 'here');
});

test('a question that is not answered for a while is asked again, and holds nobody up', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { asked, signer } = store();
  const answer = (index: number, text: string): void => (asked[index] ?? assert.fail(`${index}`)).answer(text);
  const stuck = signer('SEP1');
  t.mock.timers.tick(249);
  assert.equal(asked.length, 1);
  t.mock.timers.tick(1);
  assert.deepEqual(asked[1]?.devices, ['SEP1']);
  answer(1, 'second');
  assert.equal(await stuck, 'second');
  const next = signer('SEP2');
  answer(2, 'third');
  assert.equal(await next, 'third');
  // Of a store that answers nothing so much is asked at once and no more: with the first one these are four.
  const late = signer('SEP3');
  for (let n = 0; n < 10; n += 1) t.mock.timers.tick(250);
  assert.equal(asked.length, 6);
  answer(0, 'first');
  await new Promise(setImmediate);
  assert.deepEqual(asked[6]?.devices, ['SEP3']);
  answer(6, 'last');
  assert.equal(await late, 'last');
});
