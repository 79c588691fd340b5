import assert from 'node:assert/strict';

/** Asserts that an object has at least these properties, deeply equal. */
export function assertHas(actual: object | undefined, expected: Readonly<Record<string, unknown>>): void {
  assert.ok(actual !== undefined);
  const kept = Object.entries(actual).filter(([key]) => key in expected);
  assert.deepEqual(Object.fromEntries(kept), expected);
}
