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

const always = (): boolean => true;
const never = (): boolean => false;

test('who asks at the same time waits for one making, and who comes later has what was made', async () => {
  const kept = files();
  const { make, resolve, times } = held();
  const asked = [kept.get('a', make, never), kept.get('a', make, always), kept.get('a', make, always)];
  resolve('one');
  assert.deepEqual(await Promise.all([...asked, kept.get('a', make, always)]), ['one', 'one', 'one', 'one']);
  assert.equal(times(), 1);
  kept.drop('a');
  assert.equal(await kept.get('a', async () => 'two', always), 'two');
});

test('what is not current any more is made once more for all who found it so, also where its making had only begun', async () => {
  const kept = files();
  const early = held();
  const first = kept.get('a', early.make, never);
  const late = held();
  const isNew = (built: string): boolean => built === 'new';
  const others = [kept.get('a', late.make, isNew), kept.get('a', late.make, isNew)];
  early.resolve('old');
  late.resolve('new');
  assert.deepEqual(await Promise.all([first, ...others]), ['old', 'new', 'new']);
  assert.equal(late.times(), 1);
  assert.equal(await kept.get('a', async () => 'newer', always), 'new');
  assert.equal(await kept.get('a', async () => 'newer', never), 'newer');
});

test('nothing is given, and nothing lost, when it cannot be said whether it is current', async () => {
  const kept = files();
  await kept.get('a', async () => 'kept', always);
  const unknown = async (): Promise<boolean> => {
    throw new Error('away');
  };
  await assert.rejects(
    kept.get('a', async () => 'new', unknown),
    /away/,
  );
  assert.equal(await kept.get('a', async () => 'new', always), 'kept');
});

test('what is dropped while it is made is kept for nobody', async () => {
  const kept = files();
  const { make, resolve } = held();
  const early = kept.get('a', make, never);
  kept.drop('a');
  const late = kept.get('a', async () => 'new', never);
  resolve('old');
  assert.deepEqual(await Promise.all([early, late, kept.get('a', async () => 'more', always)]), ['old', 'new', 'new']);
});

test('what fails is not kept, and says nothing to whoever came while it was made', async () => {
  const kept = files();
  const { make, reject } = held();
  const asked = kept.get('a', make, always);
  const later = kept.get('a', async () => 'here', always);
  reject(new Error('away'));
  await assert.rejects(asked, /away/);
  assert.equal(await later, 'here');
  assert.equal(await kept.get('a', async () => 'again', always), 'here');
});

test('so many bytes are kept, those that were asked for last', async () => {
  const kept = files(3 * 1_000);
  const get = async (key: string, made: string): Promise<string> => await kept.get(key, async () => made, always);
  for (const key of ['a', 'b', 'c', 'd']) {
    await get(key, 'x'.repeat(400));
    await get('a', 'again');
  }
  assert.ok(kept.bytes <= 3_000);
  const remade = async (key: string) => (await get(key, 'again')) === 'again';
  assert.equal(await remade('d'), false);
  assert.equal(await remade('a'), false);
  assert.equal(await remade('b'), true);
  // What is longer than all that may be kept is given and not kept.
  await get('long', 'x'.repeat(4_000));
  assert.ok(kept.bytes <= 3_000);
  kept.clear();
  assert.equal(kept.bytes, 0);
});
