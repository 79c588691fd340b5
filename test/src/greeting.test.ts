import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { authResponse, encodeMessage, Reason } from '@opencapf/protocol';
import { CapfClient } from './support/capf-client.js';
import { type ListeningAt, ServiceProcess, temporaryDirectory } from './support/service-process.js';

describe('the listener on 3804', () => {
  const place = temporaryDirectory();
  const service = new ServiceProcess({
    dataDir: join(place.path, 'data'),
    settings: { OPENCAPF_AUTHENTICATION_TIMEOUT: '1', OPENCAPF_HANDSHAKE_TIMEOUT: '1' },
  });
  let at: ListeningAt;
  before(async () => {
    at = await service.ready();
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    place[Symbol.dispose]();
  });

  it('greets first and ends as for an unknown device', async () => {
    using phone = await CapfClient.connect(at.capfPort, at.ca);
    const greeting = await phone.next();
    assert.equal(greeting?.command, 'AuthRequest');
    phone.socket.write(encodeMessage(authResponse(greeting.sessionId, { version: 3, deviceName: 'SEP001122334455' })));
    const end = await phone.next();
    assert.equal(end?.command, 'EndSession');
    assert.equal(end.reason, Reason.UNKNOWN_DEVICE);
    assert.equal(await phone.next(), undefined);
  });

  it('refuses what is no CAPF', async () => {
    using phone = await CapfClient.connect(at.capfPort, at.ca);
    await phone.next();
    phone.socket.write('GET / HTTP/1.1\r\n\r\n');
    const end = await phone.next();
    assert.equal(end?.command, 'EndSession');
    assert.equal(end.reason, Reason.INVALID_ELEMENT);
  });

  it('closes on a phone that stays silent', async () => {
    using phone = await CapfClient.connect(at.capfPort, at.ca);
    assert.equal((await phone.next())?.command, 'AuthRequest');
    assert.equal(await phone.next(), undefined);
  });
});
