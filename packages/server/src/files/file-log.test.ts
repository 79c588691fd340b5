import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeLog } from '../log.js';
import { FileLog } from './file-log.js';

test('refusals are counted by their code, and logged as far as a stranger cannot flood the log', () => {
  const said: { code?: string; unsaid?: number }[] = [];
  let at = 5_000;
  const log = new FileLog(makeLog('info', {}, { write: (line: string) => void said.push(JSON.parse(line)) }), () => at);
  const peer = { transport: 'http', address: '192.0.2.1' } as const;
  for (let n = 0; n < 1_000; n += 1) log.refused('device-unknown', `SEP${n}.cnf.xml`, peer);
  assert.equal(said.length, 50);
  at += 1_000;
  log.refused('file-missing', 'x', peer);
  assert.deepEqual(
    said.slice(50).map(({ code, unsaid }) => code ?? unsaid),
    [950, 'file-missing'],
  );
  assert.deepEqual(log.counts(), [
    { transport: 'http', outcome: 'device-unknown', n: 1_000 },
    { transport: 'http', outcome: 'file-missing', n: 1 },
  ]);
});
