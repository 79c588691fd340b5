import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecordingService } from '../testing/recording-service.js';

const authority = {
  id: 1,
  kind: 'local',
  state: 'active',
  isDefault: true,
  name: 'local',
  notAfter: '2046-11-15T17:00:00.000Z',
  subject: 'CN=CAPF-3f2a91c0',
  acceptExpiredUntil: null as string | null,
  openRequests: 0,
  cutShort: 0,
};

describe('opencapf authority', () => {
  it('lists who signs, an authority a line', async () => {
    await using service = await RecordingService.start();
    const second = { id: 2, isDefault: false, acceptExpiredUntil: '2027-01-31', openRequests: 3, cutShort: 4 };
    service.answer = { items: [authority, { ...authority, ...second }] };
    const { code, out } = await service.run(['authority', 'list']);
    const line = 'local  active  local  until 2046-11-15  CN=CAPF-3f2a91c0';
    const remarks = '3 requests open  4 LSCs cut short  expired LSCs accepted until 2027-01-31';
    assert.deepEqual([code, out], [0, `1  ${line}  default\n2  ${line}  ${remarks}\n`]);
  });

  it('changes one, by number or by name, and tells what it is then', async () => {
    await using service = await RecordingService.start();
    service.answer = authority;
    for (const args of [
      ['accept-expired', '1', '2027-01-31'],
      ['accept-expired', 'local', 'never'],
      ['rename', 'local', 'Site CA'],
      ['activate', 'Site CA'],
      ['activate', 'Site CA', '--confirm', '--default'],
      ['default', '2'],
      ['retire', '2'],
      ['delete', '2'],
    ]) {
      assert.equal((await service.run(['authority', ...args])).code, 0, args.join(' '));
    }
    assert.deepEqual(
      service.calls.map(({ call, body }) => (body.length === 0 ? call : [call, JSON.parse(body.toString())])),
      [
        ['PATCH /v1/authorities/1', { acceptExpiredUntil: '2027-01-31' }],
        ['PATCH /v1/authorities/local', { acceptExpiredUntil: null }],
        ['PATCH /v1/authorities/local', { name: 'Site CA' }],
        ['POST /v1/authorities/Site%20CA/activate', { confirmed: false, override: false, makeDefault: false }],
        ['POST /v1/authorities/Site%20CA/activate', { confirmed: true, override: false, makeDefault: true }],
        'POST /v1/authorities/2/default',
        'POST /v1/authorities/2/retire',
        'DELETE /v1/authorities/2',
      ],
    );
    service.status = 404;
    const unknown = await service.run(['authority', 'retire', '7']);
    assert.deepEqual([unknown.code, unknown.err], [1, 'opencapf: not this one\n']);
  });
});
