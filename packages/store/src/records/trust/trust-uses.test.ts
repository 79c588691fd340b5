import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Database } from '../../database/connect.js';
import { TrustUses } from './trust-uses.js';

/** A database that takes statements, or fails. */
class Statements {
  readonly written: unknown[][] = [];
  fault: Error | undefined;

  get database(): Database {
    const prepared = async (_name: string, _text: string, values: readonly unknown[]) => {
      if (this.fault !== undefined) throw this.fault;
      this.written.push([...values]);
      return { rows: [], rowCount: 0 };
    };
    return { prepared } as unknown as Database;
  }
}

describe('uses of the trust store', () => {
  it('are written in one statement, and not at all when there are none', async () => {
    const statements = new Statements();
    const uses = new TrustUses(statements.database, () => assert.fail('nothing failed'));
    await uses.flush();
    for (const sha256 of ['aa', 'bb', 'aa']) uses.count(sha256);
    await uses.flush();
    await uses.flush();
    assert.deepEqual(statements.written, [
      [
        ['aa', 'bb'],
        [2, 1],
      ],
    ]);
  });

  it('are kept when they cannot be written, and written with the next ones', async () => {
    const statements = new Statements();
    const told: unknown[] = [];
    const uses = new TrustUses(statements.database, (fault) => told.push(fault));
    uses.count('aa');
    statements.fault = new Error('away');
    await uses.flush();
    assert.deepEqual(told, [statements.fault]);
    statements.fault = undefined;
    uses.count('aa');
    uses.count('bb');
    await uses[Symbol.asyncDispose]();
    assert.deepEqual(statements.written, [
      [
        ['aa', 'bb'],
        [2, 1],
      ],
    ]);
  });
});
