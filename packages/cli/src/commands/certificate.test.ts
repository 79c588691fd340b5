import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecordingService } from '../testing/recording-service.js';

const item = {
  id: 4,
  device: 'SEP001122334455',
  type: 'LSC',
  state: 'issued',
  stale: true,
  serial: '5f0d',
  notAfter: '2027-11-20T18:00:00.000Z',
};

describe('opencapf certificate', () => {
  it('lists certificates, one a line, with the filters that are given', async () => {
    await using service = await RecordingService.start();
    service.answer = { items: [item, { ...item, stale: false }] };
    const { code, out } = await service.run(['certificate', 'list', '--state', 'stale', '--device', item.device]);
    assert.equal(code, 0);
    const line = (state: string): string => `4  SEP001122334455  LSC  ${state}  5f0d  until 2027-11-20\n`;
    assert.equal(out, line('stale') + line('issued'));
    assert.equal(service.calls[0]?.call, 'GET /v1/certificates?limit=100&state=stale&device=SEP001122334455');
  });

  it('deletes stale LSCs, or only says how many there are', async () => {
    await using service = await RecordingService.start();
    service.answer = { deleted: 0, left: 3 };
    assert.equal(
      (await service.run(['certificate', 'delete-stale', '--dry-run'])).out,
      '3 stale LSCs would be deleted\n',
    );
    service.answer = { deleted: 3, left: 0 };
    assert.equal((await service.run(['certificate', 'delete-stale'])).out, '3 stale LSCs were deleted\n');
    assert.deepEqual(
      service.calls.map(({ call, body }) => [call, JSON.parse(body.toString())]),
      [
        ['POST /v1/certificates/delete-stale', { dryRun: true }],
        ['POST /v1/certificates/delete-stale', { dryRun: false }],
      ],
    );
  });
});
