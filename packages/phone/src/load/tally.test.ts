import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Enrollment } from '../enroll.js';
import { PhoneError } from '../errors.js';
import type { Outcome } from '../outcome.js';
import { didErrand, type Errand } from './errand.js';
import { Tally } from './tally.js';

function enrollment(outcome: Outcome, endReason?: number): Enrollment {
  return { outcome, endReason, sessionId: 1, tls: undefined, steps: [], identity: {} };
}

const lost: Outcome = {
  kind: 'connectionFault',
  fault: new PhoneError('capf-connection-lost'),
  stage: 'awaitingKeyGenerateResponse',
};

describe('the tally of a load', () => {
  it('puts together what failed for the same reason at the same place, the most frequent first', () => {
    const tally = new Tally();
    const names = Array.from({ length: 12 }, (_, index) => `SEP${index}`);
    assert.equal(tally.count({ name: 'SEPA' }, enrollment({ kind: 'unknownDevice' }, 9)), false);
    for (const name of names) tally.count({ name }, enrollment(lost));
    tally.countFault({ name: 'SEPB' }, new PhoneError('phone-name-unusable'));
    const [most, ...others] = tally.failures();
    assert.deepEqual(
      { ...most, message: undefined },
      {
        code: 'capf-connection-lost',
        stage: 'awaitingKeyGenerateResponse',
        count: 12,
        message: undefined,
        names: names.slice(0, 10),
      },
    );
    assert.deepEqual(
      others.map(({ code, reason, count }) => ({ code, reason, count })),
      [
        { code: 'unknownDevice', reason: 9, count: 1 },
        { code: 'phone-name-unusable', reason: undefined, count: 1 },
      ],
    );
    assert.deepEqual([tally.succeeded, tally.failed], [0, 14]);
    assert.deepEqual([...tally.failedNames()].sort(), [...names, 'SEPA', 'SEPB'].sort());
    assert.deepEqual(tally.outcomes(), { unknownDevice: 1, connectionFault: 12 });
  });

  it('counts as a success only what the phone came for', () => {
    const shown: Outcome = { kind: 'fetched', shown: [] };
    const nothing: Outcome = { kind: 'nothingPending' };
    const deleted: Outcome = { kind: 'deleted', hadLsc: true };
    const errands: readonly (Errand | undefined)[] = ['install', 'delete', 'troubleshoot', 'keysync', undefined];
    const cases: readonly (readonly [Outcome, readonly boolean[]])[] = [
      [shown, [false, false, true, true, true]],
      [nothing, [false, false, false, true, false]],
      [deleted, [false, true, false, false, true]],
      [lost, [false, false, false, false, false]],
    ];
    for (const [outcome, wanted] of cases) {
      assert.deepEqual(
        errands.map((errand) => didErrand(outcome, errand)),
        wanted,
        outcome.kind,
      );
    }
  });
});
