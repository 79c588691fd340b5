import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Body, TestApi } from '../testing/api.js';

const known = 'SEP0000000000AB';

async function withSessions(): Promise<TestApi> {
  const api = await TestApi.start();
  await api.call('PUT', `/v1/devices/${known}`, { body: {} });
  const names = [known, 'SEP0000000000AC', null, known];
  for (const [index, name] of names.entries()) {
    await api.sql.run(
      `insert into opencapf_private.session (wire_id, node_id, device_id, device_name, remote_address, remote_port, listener)
       values ($1, gen_random_uuid(), (select id from opencapf_private.device where name = $2), $2, '192.0.2.1', 1, 'capf')`,
      [index, name],
    );
  }
  return api;
}

async function listed(api: TestApi, path: string): Promise<readonly unknown[]> {
  const { status, body } = await api.call('GET', path);
  assert.equal(status, 200, JSON.stringify(body));
  return (body['items'] as Body[]).map(({ device, wireId }) => [wireId, device]);
}

describe('sessions', () => {
  it('are listed of all devices, of one, and of those that nobody knows, the newest first', async () => {
    await using api = await withSessions();
    const [first, unknown, nameless, last] = [
      [0, known],
      [1, 'SEP0000000000AC'],
      [2, null],
      [3, known],
    ];
    assert.deepEqual(await listed(api, '/v1/sessions'), [last, nameless, unknown, first]);
    assert.deepEqual(await listed(api, '/v1/sessions?unknownDevice=true'), [nameless, unknown]);
    assert.deepEqual(await listed(api, '/v1/sessions?unknownDevice=false'), [last, first]);
    assert.deepEqual(await listed(api, `/v1/devices/${known}/sessions`), [last, first]);
    assert.deepEqual(await listed(api, '/v1/devices/SEP0000000000AC/sessions'), [unknown]);
  });

  it('come in pages', async () => {
    await using api = await withSessions();
    const { body } = await api.call('GET', '/v1/sessions?limit=3');
    assert.equal((body['items'] as Body[]).length, 3);
    assert.deepEqual(await listed(api, `/v1/sessions?limit=3&cursor=${body['nextCursor']}`), [[0, known]]);
  });
});
