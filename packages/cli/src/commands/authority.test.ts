import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecordingService } from '../testing/recording-service.js';

const issuer = {
  id: 1,
  state: 'active',
  isDefault: true,
  name: 'local',
  notAfter: '2046-11-15T17:00:00.000Z',
  subject: 'CN=CAPF-3f2a91c0',
  acceptExpiredUntil: null as string | null,
};

describe('opencapf authority', () => {
  it('lists who signs, an issuer a line', async () => {
    await using service = await RecordingService.start();
    service.answer = { items: [issuer, { ...issuer, id: 2, isDefault: false, acceptExpiredUntil: '2027-01-31' }] };
    const { code, out } = await service.run(['authority', 'list']);
    const line = 'active  local  until 2046-11-15  CN=CAPF-3f2a91c0';
    assert.deepEqual([code, out], [0, `1  ${line}  default\n2  ${line}  expired LSCs accepted until 2027-01-31\n`]);
  });

  it('says until when expired LSCs are accepted, and that they are not', async () => {
    await using service = await RecordingService.start();
    service.answer = issuer;
    assert.equal((await service.run(['authority', 'accept-expired', '1', '2027-01-31'])).code, 0);
    assert.equal((await service.run(['authority', 'accept-expired', '1', 'never'])).code, 0);
    assert.deepEqual(
      service.calls.map(({ call, body }) => [call, JSON.parse(body.toString())]),
      [
        ['PATCH /v1/authorities/1', { acceptExpiredUntil: '2027-01-31' }],
        ['PATCH /v1/authorities/1', { acceptExpiredUntil: null }],
      ],
    );
    service.status = 404;
    const unknown = await service.run(['authority', 'accept-expired', '7', 'never']);
    assert.deepEqual([unknown.code, unknown.err], [1, 'opencapf: not this one\n']);
  });
});
