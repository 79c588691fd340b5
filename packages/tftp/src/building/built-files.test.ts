import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BuiltFiles } from './built-files.js';

const files = (mostBytes = 1_000_000) => new BuiltFiles<string>(mostBytes, ({ length }) => length);

/** Makes what it is told, when it is told. */
function held() {
  const { promise, resolve, reject } = withResolvers<string>();
  let times = 0;
  const make = async (): Promise<string> => {
    times += 1;
    return await promise;
  };
  return { make, resolve, reject, times: () => times };
}

function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (fault: Error) => void = () => undefined;
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

test('who asks at the same time waits for one making, and who comes later has what was made', async () => {
  const kept = files();
  const { make, resolve, times } = held();
  const asked = [kept.get('a', make), kept.get('a', make), kept.get('a', make)];
  resolve('one');
  assert.deepEqual(await Promise.all([...asked, kept.get('a', make)]), ['one', 'one', 'one', 'one']);
  assert.equal(times(), 1);
  kept.drop('a');
  assert.equal(await kept.get('a', async () => 'two'), 'two');
});

test('what is dropped while it is made is kept for nobody', async () => {
  const kept = files();
  const { make, resolve } = held();
  const early = kept.get('a', make);
  kept.drop('a');
  const late = kept.get('a', async () => 'new');
  resolve('old');
  assert.deepEqual(await Promise.all([early, late, kept.get('a', async () => 'never')]), ['old', 'new', 'new']);
});

test('what fails is not kept', async () => {
  const kept = files();
  const { make, reject } = held();
  const asked = kept.get('a', make);
  reject(new Error('away'));
  await assert.rejects(asked, /away/);
  assert.equal(await kept.get('a', async () => 'here'), 'here');
});

test('so many bytes are kept, those that were asked for last', async () => {
  const kept = files(3 * 1_000);
  for (const key of ['a', 'b', 'c', 'd']) {
    await kept.get(key, async () => 'x'.repeat(400));
    await kept.get('a', async () => 'again');
  }
  assert.ok(kept.bytes <= 3_000);
  const remade = async (key: string) => (await kept.get(key, async () => 'again')) === 'again';
  assert.equal(await remade('d'), false);
  assert.equal(await remade('a'), false);
  assert.equal(await remade('b'), true);
  // What is longer than all that may be kept is given and not kept.
  await kept.get('long', async () => 'x'.repeat(4_000));
  assert.ok(kept.bytes <= 3_000);
  kept.clear();
  assert.equal(kept.bytes, 0);
});

test('nothing is kept while nobody says what changes', async () => {
  const kept = files();
  const { make, resolve } = held();
  const early = kept.get('a', make);
  kept.pause();
  resolve('old');
  await early;
  assert.equal(await kept.get('a', async () => '1'), '1');
  assert.equal(await kept.get('a', async () => '2'), '2');
  assert.equal(kept.bytes, 0);
  kept.resume();
  assert.equal(await kept.get('a', async () => '3'), '3');
  assert.equal(await kept.get('a', async () => '4'), '3');
});
