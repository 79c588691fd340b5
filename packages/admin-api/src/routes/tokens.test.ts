import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Body, TestApi } from '../testing/api.js';

describe('tokens', () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
  });
  after(async () => await api[Symbol.asyncDispose]());

  const make = async (role: string, more: Body = {}): Promise<Body> => {
    const { status, body } = await api.call('POST', '/v1/tokens', { body: { name: `the ${role}`, role, ...more } });
    assert.equal(status, 201, JSON.stringify(body));
    return body;
  };

  it('are shown once and kept as a keyed hash alone', async () => {
    const { token } = await make('viewer');
    const list = await api.call('GET', '/v1/tokens');
    assert.equal(list.status, 200);
    assert.ok(!list.bytes.includes(String(token)));
    const rows = JSON.stringify(await api.sql.run('select * from opencapf_private.token'));
    assert.ok(!rows.includes(String(token).slice(9)));
    const [entry] = await api.sql.run(
      "select actor, subject, remote_address from opencapf_private.audit_entry where action = 'token.create' and subject = 'the viewer'",
    );
    assert.deepEqual(entry, { actor: 'tester', subject: 'the viewer', remote_address: '127.0.0.1' });
  });

  it('may do what their role may', async () => {
    const viewer = String((await make('viewer'))['token']);
    const operator = String((await make('operator'))['token']);
    const put = '/v1/devices/SEP001122334455';
    assert.equal((await api.call('GET', '/v1/devices', { token: viewer })).status, 200);
    const refused = await api.call('PUT', put, { token: viewer, body: {} });
    assert.deepEqual([refused.status, refused.body['code']], [403, 'role-too-low']);
    assert.equal((await api.call('PUT', put, { token: operator, body: {} })).status, 201);
    for (const token of [viewer, operator]) {
      assert.equal((await api.call('GET', '/v1/tokens', { token })).status, 403);
      assert.equal((await api.call('POST', '/v1/tokens', { token, body: { name: 'x', role: 'viewer' } })).status, 403);
    }
  });

  it('once revoked or expired open nothing', async () => {
    const { id, token } = await make('operator');
    assert.equal((await api.call('DELETE', `/v1/tokens/${id}`)).status, 204);
    assert.equal((await api.call('DELETE', `/v1/tokens/${id}`)).status, 204);
    assert.equal((await api.call('GET', '/v1/devices', { token: String(token) })).status, 401);
    const expired = await make('operator', { expiresAt: '2099-01-01T00:00:00Z' });
    const expire = 'update opencapf_private.token set expires_at = $2 where id = $1';
    await api.sql.run(expire, [expired['id'], new Date(TestApi.now.getTime() + 1).toISOString()]);
    assert.equal((await api.call('GET', '/v1/devices', { token: String(expired['token']) })).status, 200);
    await api.sql.run(expire, [expired['id'], TestApi.now.toISOString()]);
    assert.equal((await api.call('GET', '/v1/devices', { token: String(expired['token']) })).status, 401);
    const unknown = await api.call('DELETE', '/v1/tokens/999999');
    assert.deepEqual([unknown.status, unknown.body['code']], [404, 'token-not-found']);
    const revocations = await api.sql.run("select from opencapf_private.audit_entry where action = 'token.revoke'");
    assert.equal(revocations.length, 1);
  });

  it('are not made to be of no use', async () => {
    const body = { name: 'late', role: 'viewer', expiresAt: TestApi.now.toISOString() };
    const answer = await api.call('POST', '/v1/tokens', { body });
    assert.deepEqual([answer.status, answer.body['code']], [400, 'token-expiry-past']);
    assert.ok(!(await api.call('GET', '/v1/tokens')).bytes.includes('late'));
  });

  it('name who did what, in pages, by actor and by subject', async () => {
    const { token } = await make('operator', { name: 'provisioning' });
    for (const name of ['SEP00000000000A', 'SEP00000000000B', 'SEP00000000000C']) {
      await api.call('PUT', `/v1/devices/${name}`, { body: {}, token: String(token) });
    }
    const seen: unknown[] = [];
    let cursor: unknown = null;
    do {
      const { body } = await api.call(
        'GET',
        `/v1/audit?actor=provisioning&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...(body['items'] as Body[]).map(({ subject }) => subject));
      cursor = body['nextCursor'];
    } while (cursor !== null);
    assert.deepEqual(seen, ['SEP00000000000C', 'SEP00000000000B', 'SEP00000000000A']);
    const { body } = await api.call('GET', '/v1/audit?subject=SEP00000000000B');
    assert.deepEqual(
      (body['items'] as Body[]).map(({ action, actor }) => [action, actor]),
      [['device.create', 'provisioning']],
    );
  });
});
