import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callerNetwork } from './caller-address.js';
import { RefusedTokens } from './refused-tokens.js';
import { type Body, TestApi } from './testing/api.js';

async function entries(api: TestApi, action: string): Promise<readonly Record<string, unknown>[]> {
  return await api.sql.run(
    `select actor, subject, outcome, remote_address, detail from opencapf_private.audit_entry
     where action = $1 order by id`,
    [action],
  );
}

describe('a refused call of an administrator', () => {
  it('is one entry of the audit, without what its body held', async () => {
    await using api = await TestApi.start();
    const viewer = await api.call('POST', '/v1/tokens', { body: { name: 'viewer', role: 'viewer' } });
    const asViewer = { token: String(viewer.body['token']) };
    const refused = [
      ['PUT', '/v1/devices/SEP00000000000A', { ...asViewer, body: {} }, 'role-too-low', 'SEP00000000000A'],
      ['GET', '/v1/tokens', asViewer, 'role-too-low', null],
      ['PUT', '/v1/devices/SEP00000000000A', { body: { planted: 1 } }, 'request-invalid', 'SEP00000000000A'],
      ['PUT', '/v1/devices/sep', { body: {} }, 'device-name-invalid', 'sep'],
      ['DELETE', '/v1/devices/SEP00000000000A', {}, 'device-unknown', 'SEP00000000000A'],
      ['POST', '/v1/tokens', { body: { name: 'x', role: 'planted' } }, 'request-invalid', null],
      ['POST', '/v1/tokens', { body: { name: 'system', role: 'viewer' } }, 'request-invalid', null],
      ['DELETE', '/v1/tokens/999999', {}, 'token-not-found', null],
      [
        'PUT',
        '/v1/devices/SEP00000000000A/certificate',
        { payload: 'planted', headers: { 'content-type': 'application/x-pem-file' } },
        'device-unknown',
        'SEP00000000000A',
      ],
      [
        'POST',
        '/v1/operations/1/cancel',
        { payload: '{"planted', headers: { 'content-type': 'application/json' } },
        'request-malformed',
        null,
      ],
    ] as const;
    for (const [method, url, options, code] of refused) {
      assert.equal((await api.call(method, url, options)).body['code'], code, `${method} ${url}`);
    }
    assert.deepEqual(
      (await entries(api, 'call.refuse')).map(({ actor, subject, outcome, remote_address, detail }) => {
        const { method, code } = detail as Body;
        return [actor, method, code, subject, outcome, remote_address];
      }),
      refused.map(([method, , options, code, subject]) => [
        'token' in options ? 'viewer' : 'tester',
        method,
        code,
        subject,
        'refused',
        '127.0.0.1',
      ]),
    );
    const written = JSON.stringify(await api.sql.run('select * from opencapf_private.audit_entry'));
    assert.ok(!written.includes('planted'));
    assert.deepEqual(await api.sql.run('select from opencapf_private.device'), []);
  });

  it('is none where it would only have read', async () => {
    await using api = await TestApi.start();
    assert.equal((await api.call('GET', '/v1/devices/SEP00000000000A')).status, 404);
    assert.equal((await api.call('GET', '/v1/devices?limit=0')).status, 400);
    assert.deepEqual(await entries(api, 'call.refuse'), []);
  });
});

describe('refused tokens', () => {
  const wrong = { token: 'opencapf_planted_and_wrong' };

  it('make their address wait, and valid ones from there are taken all the same', async () => {
    let now = 0;
    await using api = await TestApi.start({ elapsed: () => now });
    const statuses: number[] = [];
    for (let tries = 0; tries < 25; tries += 1) statuses.push((await api.call('GET', '/v1/devices', wrong)).status);
    assert.deepEqual(statuses, [...Array<number>(20).fill(401), ...Array<number>(5).fill(429)]);
    const limited = await api.call('PUT', '/v1/devices/SEP00000000000A', { ...wrong, body: {} });
    assert.deepEqual([limited.status, limited.body['code']], [429, 'too-many-refused-tokens']);
    assert.equal(limited.headers['retry-after'], '60');
    for (let tries = 0; tries < 200; tries += 1) assert.equal((await api.call('GET', '/v1/devices')).status, 200);
    now = 60_000;
    assert.equal((await api.call('GET', '/v1/devices', wrong)).status, 401);
  });

  it('are two entries of the audit for an address and a minute: the first, and how many more', async () => {
    let now = 0;
    await using api = await TestApi.start({ elapsed: () => now });
    for (let tries = 0; tries < 30; tries += 1) await api.call('DELETE', '/v1/devices/x', wrong);
    now = 60_000;
    await api.call('GET', '/v1/devices', wrong);
    const told = await entries(api, 'token.refuse');
    assert.deepEqual(
      told.map(({ detail }) => detail),
      [{ method: 'DELETE', call: '/v1/devices/{name}' }, { times: 29 }, { method: 'GET', call: '/v1/devices' }],
    );
    assert.deepEqual(told[0], {
      actor: 'stranger',
      subject: null,
      outcome: 'refused',
      remote_address: '127.0.0.1',
      detail: { method: 'DELETE', call: '/v1/devices/{name}' },
    });
    const written = JSON.stringify(await api.sql.run('select * from opencapf_private.audit_entry'));
    assert.ok(!written.includes('planted'));
  });

  it('of more networks than can be told apart are counted together', () => {
    const refused = new RefusedTokens(() => 0);
    let firsts = 0;
    for (let n = 0; n < 5_000; n += 1) {
      const { first, waitSeconds } = refused.count(`10.0.${n >> 8}.${n & 255}`);
      if (first) firsts += 1;
      assert.equal(waitSeconds, undefined);
    }
    assert.equal(firsts, 1_001);
    assert.deepEqual(refused.takeUntold(), [{ address: undefined, times: 3_999 }]);
  });

  it('are counted by the /64 of IPv6', () => {
    for (const [address, network] of [
      ['192.0.2.7', '192.0.2.7'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
      ['2001:0db8:1:2::', '2001:db8:1:2::/64'],
      ['2001:db8::6', '2001:db8:0:0::/64'],
      ['::1', '0:0:0:0::/64'],
      ['fe80::1%eth0', 'fe80:0:0:0::/64'],
      ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ] as const) {
      assert.equal(callerNetwork(address), network);
    }
  });
});

describe('the last use of a token', () => {
  it('is noted once a minute at most', async () => {
    await using api = await TestApi.start();
    const lastUse = async (): Promise<unknown> => {
      const [row] = await api.sql.run('select last_used_at from opencapf_private.token');
      return row?.['last_used_at'];
    };
    assert.equal(await lastUse(), null);
    const { body } = await api.call('GET', '/v1/tokens');
    const noted = await lastUse();
    assert.ok(noted instanceof Date);
    assert.ok(Array.isArray(body['items']) && 'lastUsedAt' in (body['items'][0] as object));
    await api.call('GET', '/v1/tokens');
    assert.deepEqual(await lastUse(), noted);
    await api.sql.run("update opencapf_private.token set last_used_at = now() - interval '61 seconds'");
    await api.call('GET', '/v1/tokens');
    assert.ok(Number(await lastUse()) >= Number(noted));
  });
});

describe('a change whose entry in the audit cannot be written', () => {
  it('does not happen', async () => {
    await using api = await TestApi.start();
    await api.call('PUT', '/v1/devices/SEP00000000000A', { body: {} });
    await api.call('PUT', '/v1/devices/SEP00000000000B', { body: {} });
    const operation = await api.queue('SEP00000000000A');
    const { body: token } = await api.call('POST', '/v1/tokens', { body: { name: 'kept', role: 'viewer' } });
    await api.sql.run(`
      create function opencapf_private.break() returns trigger language plpgsql as $$
        begin raise exception 'the audit is full'; end $$;
      create trigger break before insert on opencapf_private.audit_entry
        for each row execute function opencapf_private.break()`);
    const tables = ['device', 'operation', 'operation_event', 'certificate', 'token', 'audit_chain', 'audit_entry'];
    const content = async (): Promise<string> => {
      await api.sql.run('update opencapf_private.token set last_used_at = null');
      const rows: unknown[] = [];
      for (const table of tables)
        rows.push(await api.sql.run(`select t::text from opencapf_private.${table} t order by 1`));
      return JSON.stringify(rows);
    };
    const before = await content();
    const queued = { operation: 'install', authenticationMode: 'nullString' };
    for (const [method, url, body] of [
      ['PUT', '/v1/devices/SEP00000000000A', { description: 'changed' }],
      ['PUT', '/v1/devices/SEP00000000000C', {}],
      ['POST', '/v1/devices/SEP00000000000B/operations', queued],
      ['POST', '/v1/devices/SEP00000000000A/operations', { ...queued, replace: true }],
      ['POST', `/v1/operations/${operation}/cancel`, {}],
      ['DELETE', '/v1/devices/SEP00000000000A', undefined],
      ['POST', '/v1/tokens', { name: 'x', role: 'viewer' }],
      ['DELETE', `/v1/tokens/${token['id']}`, undefined],
    ] as const) {
      const answer = await api.call(method, url, body === undefined ? {} : { body });
      assert.deepEqual([answer.status, answer.body['code']], [500, 'internal-error'], `${method} ${url}`);
      assert.equal(await content(), before, `${method} ${url}`);
    }
  });
});
