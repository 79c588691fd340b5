import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TftpError } from '@opencapf/tftp';
import { makeLog } from '../log.js';
import { TrustListLog } from './trust-list-log.js';

test('trust lists that cannot be written are logged when that begins, when the reason changes, and when it ends', async () => {
  const lines: string[] = [];
  const log = new TrustListLog(makeLog('info', {}, { write: (line) => void lines.push(line) }));
  const told = (): readonly unknown[] =>
    lines.splice(0).map((line) => {
      const { level, err } = JSON.parse(line) as { readonly level: string; readonly err?: { readonly code: string } };
      return err === undefined ? level : `${level} ${err.code}`;
    });
  const fail = (code: TftpError['code']) => async () => {
    throw new TftpError(code);
  };
  await log.watch(async () => {});
  assert.deepEqual(told(), []);
  for (let round = 0; round < 3; round += 1) await log.watch(fail('trust-list-too-long'));
  assert.deepEqual(told(), ['error trust-list-too-long']);
  await log.watch(fail('trust-record-key-unsupported'));
  assert.deepEqual(told(), ['error trust-record-key-unsupported']);
  for (let round = 0; round < 2; round += 1) await log.watch(async () => {});
  assert.deepEqual(told(), ['info']);
  await assert.rejects(
    log.watch(async () => {
      throw new TypeError('another fault');
    }),
    TypeError,
  );
  assert.deepEqual(told(), []);
});
