import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair } from '@opencapf/pki';
import { conclude, type Deed } from './conclusion.js';
import { PhoneError } from './errors.js';
import type { Outcome } from './outcome.js';
import type { Stage } from './stage.js';

const lsc = { certificate: new Uint8Array([1]), key: await generateKeyPair({ kind: 'ec', size: 256 }) };
const stored: Deed = { kind: 'stored', lsc };
const deleted: Deed = { kind: 'deleted', hadLsc: true };
const shown = [{ type: 'lsc', certificate: lsc.certificate }] as const;
const fetched: Deed = { kind: 'fetched', shown };
const rejected: Deed = { kind: 'storeRejected', fault: new PhoneError('lsc-key-mismatch') };

const cases: readonly (readonly [Stage, 2 | 3, number, Deed | undefined, Outcome['kind']])[] = [
  ['certificateStored', 3, 1, stored, 'installed'],
  ['certificateStored', 2, 1, stored, 'installed'],
  ['certificateStored', 3, 0, stored, 'ended'],
  ['certificateStored', 3, 7, stored, 'refused'],
  ['certificateStored', 2, 7, stored, 'refused'],
  ['certificateStored', 3, 1, rejected, 'storeRejected'],
  ['certificateStored', 3, 7, rejected, 'storeRejected'],
  ['certificateDeleted', 3, 1, deleted, 'deleted'],
  ['certificateDeleted', 3, 0, deleted, 'ended'],
  ['certificateDeleted', 3, 7, deleted, 'refused'],
  ['certificateFetched', 3, 0, fetched, 'fetched'],
  ['certificateFetched', 3, 1, fetched, 'fetched'],
  ['certificateFetched', 3, 7, fetched, 'refused'],
  ['certificateFetched', 3, 0, { kind: 'fetched', shown: [{ type: 'lsc', certificate: undefined }] }, 'nothingFetched'],
  ['authenticated', 3, 0, undefined, 'nothingPending'],
  ['authenticated', 2, 0, undefined, 'nothingPending'],
  ['authenticated', 2, 7, undefined, 'nothingPending'],
  ['authenticated', 3, 7, undefined, 'refused'],
  ['authenticated', 3, 1, undefined, 'ended'],
  ['authenticated', 3, 9, undefined, 'unknownDevice'],
  ['awaitingAuthResponse', 3, 0, undefined, 'ended'],
  ['awaitingKeyGenerateResponse', 3, 7, undefined, 'refused'],
  ['keyGenerated', 2, 7, undefined, 'refused'],
];
for (const [stage, version, reason, deed, expected] of cases) {
  test(`END_SESSION ${reason} at ${stage} (version ${version}, ${deed?.kind ?? 'nothing done'}) is ${expected}`, () => {
    assert.equal(conclude({ by: 'EndSession', reason, stage }, version, deed).kind, expected);
  });
}

test('RETRY_LATER is no reason 7', () => {
  assert.equal(conclude({ by: 'RetryLater', reason: 7, stage: 'authenticated' }, 2, undefined).kind, 'ended');
});
