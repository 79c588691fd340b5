import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Outcome, PhoneError } from '@opencapf/phone';
import { capfIdentity } from '@opencapf/phone/testing';
import { exitStatusOf, phoneExitStatus, phoneExitStatusTable } from './phone-exit-status.js';

const { key, trust } = await capfIdentity();
const fault = new PhoneError('capf-connection-lost');
const expected: readonly (readonly [Outcome, number])[] = [
  [{ kind: 'installed', lsc: { certificate: trust[0].der, key } }, 0],
  [{ kind: 'deleted', hadLsc: false }, 0],
  [{ kind: 'fetched', shown: [] }, 0],
  [{ kind: 'notKept', cause: fault }, 1],
  [{ kind: 'refused', stage: 'authenticated' }, 10],
  [{ kind: 'unknownDevice' }, 11],
  [{ kind: 'nothingPending' }, 12],
  [{ kind: 'nothingFetched', shown: [] }, 12],
  [{ kind: 'connectionFault', fault, stage: 'opening' }, 13],
  [{ kind: 'left', departure: 'close', stage: 'opening', server: undefined }, 13],
  [{ kind: 'tlsFault', fault, stage: 'handshaking' }, 14],
  [{ kind: 'protocolFault', fault, stage: 'opening' }, 15],
  [{ kind: 'storeRejected', fault }, 16],
  [{ kind: 'ended', by: 'EndSession', reason: 3, stage: 'authenticated' }, 17],
];
for (const [outcome, status] of expected) {
  test(`${outcome.kind} is exit status ${status}`, () => assert.equal(exitStatusOf(outcome), status));
}

test('the table of --help has a line for every status, by rising number', () => {
  const listed = phoneExitStatusTable.split('\n').map((line) => Number.parseInt(line, 10));
  assert.deepEqual(listed, Object.values(phoneExitStatus));
  assert.deepEqual(
    listed,
    [...listed].sort((one, other) => one - other),
  );
});
