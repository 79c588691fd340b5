import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecordingService } from '../testing/recording-service.js';

describe('opencapf operation show', () => {
  it('tells how an operation went, what an authority was asked for it, and how to have that tried now', async () => {
    await using service = await RecordingService.start();
    service.answer = {
      id: 17,
      device: 'SEP0',
      operation: 'install',
      authenticationMode: 'nullString',
      state: 'waitingForAuthority',
      completesBy: '2026-12-01',
      history: [{ at: '2026-11-20', state: 'pending', reason: null }],
      authorityRequests: [
        {
          id: 5,
          device: 'SEP0',
          authority: 'Site CA',
          state: 'waiting',
          attempts: 2,
          nextAttemptAt: '2026-11-21',
          reason: 'It is away.',
          reference: 'ab',
          pollReference: null,
          endedAt: null,
        },
      ],
    };
    const { code, out } = await service.run(['operation', 'show', '17']);
    assert.equal(code, 0);
    assert.deepEqual(out.split('\n'), [
      '17  SEP0  install  nullString  waitingForAuthority  completes by 2026-12-01',
      '  2026-11-20  pending',
      '  request 5  SEP0  Site CA  waiting  attempts 2  next 2026-11-21  It is away.',
      '    reference ab, at the authority -',
      '    to have it tried now: opencapf authority retry 5',
      '',
    ]);
    assert.equal(service.calls[0]?.call, 'GET /v1/operations/17');
  });
});
