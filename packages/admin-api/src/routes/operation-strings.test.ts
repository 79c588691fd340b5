import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Body, TestApi } from '../testing/api.js';

describe('operations by string', () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
  });
  after(async () => await api[Symbol.asyncDispose]());

  it('by null string may be for some networks only, and those that are open can be listed', async () => {
    const name = await api.addDevice();
    const allowedNetworks = ['10.20.0.0/16', '2001:db8::/32', '192.0.2.7'];
    const id = await api.queue(name, { allowedNetworks });
    const { body } = await api.call('GET', `/v1/operations/${id}`);
    assert.deepEqual(body['allowedNetworks'], ['10.20.0.0/16', '2001:db8::/32', '192.0.2.7/32']);
    assert.equal(body['completesBy'], '2026-11-21T18:00:00.000Z', 'its own default lifetime');
    const byString = await api.queue(await api.addDevice(), { authenticationMode: 'authenticationString' });
    const numbers = async (query: string): Promise<readonly unknown[]> => {
      const answer = await api.call('GET', `/v1/operations?limit=1000&${query}`);
      return (answer.body['items'] as readonly Body[]).map((item) => item['id']);
    };
    const open = await numbers('authenticationMode=nullString&open=true');
    assert.ok(open.includes(id) && !open.includes(byString));
    assert.deepEqual(await numbers(`device=${name}&addressChanged=true`), []);
    await api.call('POST', `/v1/operations/${id}/cancel`);
    assert.deepEqual(await numbers(`device=${name}&open=true`), []);
    assert.deepEqual(await numbers(`device=${name}&open=false&addressChanged=false`), [id]);
    for (const [body, code] of [
      [{ allowedNetworks: ['10.20.0.1/16'] }, 'allowed-networks-malformed'],
      [{ allowedNetworks: ['10.20.0.0/16', 'x'] }, 'allowed-networks-malformed'],
      [{ allowedNetworks: ['10.0.0.0/8'], authenticationMode: 'authenticationString' }, 'allowed-networks-unexpected'],
    ] as const) {
      const answer = await api.call('POST', `/v1/devices/${name}/operations`, {
        body: { operation: 'install', authenticationMode: 'nullString', ...body },
      });
      assert.deepEqual([answer.status, answer.body['code']], [400, code], JSON.stringify(body));
    }
  });

  it('show their string to operators as long as it is good, never to viewers, and the audit says to whom', async () => {
    const name = await api.addDevice();
    const { body: made } = await api.call('POST', '/v1/tokens', { body: { name: 'a viewer', role: 'viewer' } });
    const id = await api.queue(name, { authenticationMode: 'authenticationString', authenticationString: '40718265' });
    const url = `/v1/operations/${id}/authentication-string`;
    const forViewer = await api.call('GET', url, { token: String(made['token']) });
    assert.deepEqual([forViewer.status, forViewer.body['code']], [403, 'role-too-low']);
    assert.deepEqual((await api.call('GET', url)).body, { authenticationString: '40718265' });
    const read = await api.sql.run(
      `select actor, subject from opencapf_private.audit_entry where action = 'authentication-string.read'`,
    );
    assert.deepEqual(read, [{ actor: 'tester', subject: name }]);
    await api.call('POST', `/v1/operations/${id}/cancel`);
    const gone = await api.call('GET', url);
    assert.deepEqual([gone.status, gone.body['code']], [404, 'authentication-string-none']);
    const unknown = await api.call('GET', '/v1/operations/999999/authentication-string');
    assert.deepEqual([unknown.status, unknown.body['code']], [404, 'operation-unknown']);
  });
});
