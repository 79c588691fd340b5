import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { RecordingService } from '../testing/recording-service.js';

const profile = {
  name: 'Lobby',
  model: '8845',
  protocol: 'SIP',
  predefined: false,
  deviceSecurityMode: 'nonSecure',
  encryptedConfiguration: true,
  capfServers: [],
  devices: 3,
  createdAt: '2026-11-20',
  updatedAt: '2026-11-21',
  warnings: [{ code: 'model-needs-ctl', message: 'Look at it.' }],
};

describe('opencapf profile', () => {
  let service: RecordingService;
  before(async () => {
    service = await RecordingService.start();
  });
  after(async () => await service[Symbol.asyncDispose]());
  beforeEach(() => {
    service.calls.length = 0;
    service.status = 200;
    service.answer = profile;
  });
  const sent = () => {
    const { call, body } = service.calls[0] ?? assert.fail('nothing was sent');
    return { call, body: body.length === 0 ? undefined : JSON.parse(body.toString()) };
  };

  it('lists profiles, a line each, and shows one', async () => {
    service.answer = { items: [profile] };
    const { out } = await service.run(['profile', 'list', '--own', '--protocol', 'SIP']);
    assert.equal(out, 'Lobby  8845 SIP  nonSecure  encrypted files\n');
    assert.equal(sent().call, 'GET /v1/security-profiles?limit=1000&protocol=SIP&predefined=false');
    service.answer = profile;
    const shown = await service.run(['profile', 'show', 'Lobby / 1']);
    assert.match(shown.out, /^Lobby\n {2}model: 8845\n/);
    assert.match(shown.out, /\n {2}devices: 3\n {2}capfServers: those of the site\n/);
    assert.equal(service.calls[1]?.call, 'GET /v1/security-profiles/Lobby%20%2F%201');
  });

  it('lists all of them, however many pages they are', async () => {
    service.answer = (call: string) =>
      call.includes('cursor=two')
        ? { items: [{ ...profile, name: 'Second' }], nextCursor: null }
        : { items: [profile], nextCursor: 'two' };
    const names = JSON.parse((await service.run(['profile', 'list', '--json'])).out);
    assert.deepEqual(names, { items: [profile, { ...profile, name: 'Second' }], nextCursor: null });
    service.calls.length = 0;
    await service.run(['profile', 'list', '--limit', '1']);
    assert.deepEqual(
      service.calls.map(({ call }) => call),
      ['GET /v1/security-profiles?limit=1'],
    );
  });

  it('makes one of what is said and of nothing else, and tells what is warned of', async () => {
    service.status = 201;
    const { code, out } = await service.run(
      ['profile', 'create', 'Lobby', '--model', '8845', '--encrypted-config', '--rsa-key-size', '4096'].concat([
        '--capf-servers',
        'a.example, [::1]:3805',
        '--certificate-issuer',
        '',
        '--force',
      ]),
    );
    assert.equal(code, 0);
    assert.match(out, /warning: Look at it. \(model-needs-ctl\)\n$/);
    assert.deepEqual(sent(), {
      call: 'POST /v1/security-profiles?force=true',
      body: {
        name: 'Lobby',
        model: '8845',
        encryptedConfiguration: true,
        rsaKeySize: 4096,
        certificateIssuer: null,
        capfServers: ['a.example', '[::1]:3805'],
      },
    });
  });

  it('changes, renames and deletes one', async () => {
    await service.run(['profile', 'change', 'Lobby', '--rename', 'Hall', '--no-encrypted-config', '--json']);
    assert.deepEqual(sent(), {
      call: 'PATCH /v1/security-profiles/Lobby',
      body: { name: 'Hall', encryptedConfiguration: false },
    });
    service.status = 204;
    assert.equal((await service.run(['profile', 'delete', 'Hall'])).code, 0);
    assert.equal(service.calls[1]?.call, 'DELETE /v1/security-profiles/Hall');
  });

  it('ends with 1 where the service refuses, with 2 where nobody understands what was typed, and says why', async () => {
    service.status = 409;
    const { code, err } = await service.run(['profile', 'delete', 'Hall']);
    assert.deepEqual([code, err], [1, 'opencapf: not this one\n']);
    assert.equal((await service.run(['profile', 'create', 'x', '--rsa-key-size', 'big'])).code, 2);
  });
});
