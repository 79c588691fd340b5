import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecordingService } from '../testing/recording-service.js';

const item = { id: 2, state: 'staged', notAfter: '2046-11-15T17:00:00.000Z', subject: 'CN=CAPF-1', sha256: 'aa' };

describe('opencapf capf-certificate', () => {
  it('lists what phones meet on port 3804, and activates and forgets staged ones', async () => {
    await using service = await RecordingService.start();
    service.answer = { items: [item] };
    const { code, out } = await service.run(['capf-certificate', 'list']);
    assert.deepEqual([code, out], [0, '2  staged  until 2046-11-15  CN=CAPF-1  aa\n']);
    service.answer = { ...item, state: 'active' };
    const activated = await service.run(['capf-certificate', 'activate', '2', '--confirm']);
    assert.equal(activated.out, '2  active  until 2046-11-15  CN=CAPF-1  aa\n');
    assert.equal((await service.run(['capf-certificate', 'delete', '3'])).code, 0);
    assert.deepEqual(
      service.calls.slice(1).map(({ call, body }) => [call, body.toString()]),
      [
        ['POST /v1/capf-certificates/2/activate', '{"confirmed":true}'],
        ['DELETE /v1/capf-certificates/3', ''],
      ],
    );
  });
});
