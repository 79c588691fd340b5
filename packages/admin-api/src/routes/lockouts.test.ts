import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Body, TestApi } from '../testing/api.js';

const phone = 'SEP0000000000A1';
const other = 'SEP0000000000B1';

describe('lockouts', () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
    for (const name of [phone, other]) await api.call('PUT', `/v1/devices/${name}`, { body: {} });
  });
  after(async () => await api[Symbol.asyncDispose]());

  async function refuse(address: string, device: string | null, until = '2026-11-20T18:15:00Z'): Promise<void> {
    await api.sql.run(
      `insert into opencapf_private.guessing (address, device_id, wrong_strings, devices, last_at, refused_until)
       values ($1, (select id from opencapf_private.device where name = $2), 5, array[1, 2], '2026-11-20T18:00:00Z', $3)
       on conflict (address, device_id) do update set refused_until = excluded.refused_until`,
      [address, device, until],
    );
  }

  async function listed(query = ''): Promise<readonly Body[]> {
    const { status, body } = await api.call('GET', `/v1/lockouts${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body['items'] as readonly Body[];
  }

  async function clearAll(): Promise<void> {
    await api.sql.run('delete from opencapf_private.guessing');
  }

  it('are listed while they last, the newest first', async () => {
    await refuse('198.51.100.1', phone);
    await refuse('2001:db8:1:2::/64', null);
    await refuse('198.51.100.2', phone, '2026-11-20T18:00:00Z');
    const [network, pair, ...rest] = await listed();
    assert.deepEqual(rest, []);
    const { id: _, ...shown } = pair ?? {};
    assert.deepEqual(shown, {
      address: '198.51.100.1',
      device: phone,
      wrongStrings: 5,
      devices: 2,
      lastAt: '2026-11-20T18:00:00.000Z',
      refusedUntil: '2026-11-20T18:15:00.000Z',
    });
    assert.deepEqual([network?.['address'], network?.['device']], ['2001:db8:1:2::/64', null]);
    assert.equal((await listed('?address=198.51.100.0/24')).length, 1);
    assert.equal((await listed(`?device=${other}`)).length, 0);
    const { body } = await api.call('GET', '/v1/lockouts?limit=1');
    assert.equal((await listed(`?limit=1&cursor=${String(body['nextCursor'])}`))[0]?.['device'], phone);
    await clearAll();
  });

  it('are cleared one by one or by filter, and the audit says so', async () => {
    await refuse('198.51.100.1', phone);
    await refuse('198.51.100.2', phone);
    await refuse('198.51.100.2', other);
    await refuse('203.0.113.1', null);
    const [first] = await listed();
    const url = `/v1/lockouts/${String(first?.['id'])}`;
    assert.equal((await api.call('DELETE', url)).status, 204);
    const again = await api.call('DELETE', url);
    assert.deepEqual([again.status, again.body['code']], [404, 'lockout-unknown']);
    const byDevice = await api.call('DELETE', `/v1/lockouts?device=${other}`);
    assert.deepEqual([byDevice.status, byDevice.body], [200, { cleared: 1 }]);
    assert.deepEqual((await api.call('DELETE', '/v1/lockouts')).body, { cleared: 2 });
    assert.deepEqual((await api.call('DELETE', '/v1/lockouts')).body, { cleared: 0 });
    const entries = await api.sql.run(
      `select subject, detail from opencapf_private.audit_entry where action = 'lockout.clear' and outcome = 'done' order by id`,
    );
    assert.deepEqual(entries, [
      { subject: '203.0.113.1 all devices', detail: { cleared: 1 } },
      { subject: `198.51.100.2 ${other}`, detail: { cleared: 1, device: other } },
      { subject: null, detail: { cleared: 2 } },
    ]);
  });

  it('take no address that is none', async () => {
    for (const method of ['GET', 'DELETE'] as const) {
      for (const address of ['10.0.0.1/8', 'x', '10.0.0.0/33', '']) {
        const answer = await api.call(method, `/v1/lockouts?address=${encodeURIComponent(address)}`);
        assert.deepEqual([answer.status, answer.body['code']], [400, 'request-invalid'], address);
      }
    }
  });
});
