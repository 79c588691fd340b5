import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecordingService } from '../testing/recording-service.js';

const process1 = {
  processId: 4711,
  liveSessions: 0,
  startedAt: '2026-11-20T18:00:00.000Z',
  heartbeatAt: '2026-11-20T18:30:10.000Z',
  alive: true,
  drainingSince: null,
  clockOffsetMs: -2,
};
const worker = { ...process1, number: 1, processId: 4712, liveSessions: 12, clockOffsetMs: null };
const silent = { ...process1, alive: false, drainingSince: '2026-11-20T18:30:00.000Z' };

describe('opencapf node list', () => {
  it('shows nodes and their workers, which of them are silent and which drain', async () => {
    await using service = await RecordingService.start();
    service.answer = {
      items: [
        { host: 'capf-1', version: '0.1.0', ...process1, workers: [worker] },
        { host: 'capf-2', version: '0.2.0', ...silent, workers: [] },
      ],
    };
    const { code, out } = await service.run(['node', 'list']);
    assert.equal(code, 0);
    assert.deepEqual(out.split('\n'), [
      'capf-1  OpenCAPF 0.1.0  process 4711  sessions 0  started 2026-11-20T18:00:00.000Z  clock -2 ms',
      '  worker 1  process 4712  sessions 12  started 2026-11-20T18:00:00.000Z  clock -',
      'capf-2  OpenCAPF 0.2.0  process 4711  sessions 0  started 2026-11-20T18:00:00.000Z  silent since 2026-11-20T18:30:10.000Z  draining since 2026-11-20T18:30:00.000Z  clock -2 ms',
      '',
    ]);
    assert.deepEqual(
      service.calls.map(({ call }) => call),
      ['GET /v1/nodes'],
    );
  });
});
