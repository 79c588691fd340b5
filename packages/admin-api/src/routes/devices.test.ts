import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Body, TestApi } from '../testing/api.js';

describe('devices', () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
  });
  after(async () => await api[Symbol.asyncDispose]());

  it('are created by an empty body, and a second time changes nothing and audits nothing', async () => {
    const first = await api.call('PUT', '/v1/devices/SEP0000000000A1', { body: {} });
    assert.equal(first.status, 201, JSON.stringify(first.body));
    const second = await api.call('PUT', '/v1/devices/SEP0000000000A1', { body: {} });
    assert.equal(second.status, 200);
    assert.deepEqual(second.body, first.body);
    for (const key of [
      'md5hash',
      'publicKeyMd5',
      'encryptedConfiguration',
      'operation',
      'certificate',
      'lastSession',
    ]) {
      assert.equal(first.body[key], null, key);
    }
    assert.equal(first.body['resetRequired'], false);
    const audit = await api.sql.run(
      "select action, actor, remote_address from opencapf_private.audit_entry where subject = 'SEP0000000000A1'",
    );
    assert.deepEqual(audit, [{ action: 'device.create', actor: 'tester', remote_address: '127.0.0.1' }]);
  });

  it('keep the settings that are left out, and nothing but settings is touched', async () => {
    const url = '/v1/devices/SEP0000000000A2';
    const full = { description: 'Lobby', model: 'unheard of', protocol: 'SIP', labels: ['a', 'b'], devicePool: 'HQ' };
    await api.call('PUT', url, { body: { ...full, encryptedConfiguration: true } });
    const operation = await api.queue('SEP0000000000A2');
    const { body } = await api.call('PUT', url, { body: { model: null, labels: [] } });
    assert.equal(body['description'], 'Lobby');
    assert.equal(body['model'], null);
    assert.deepEqual(body['labels'], []);
    assert.equal(body['encryptedConfiguration'], true);
    assert.equal(body['resetRequired'], true);
    assert.equal((body['operation'] as Body)['id'], operation);
    const [entry] = await api.sql.run(
      "select detail from opencapf_private.audit_entry where subject = 'SEP0000000000A2' and action = 'device.change'",
    );
    assert.deepEqual(entry?.['detail'], {
      model: { before: 'unheard of', after: null },
      labels: { before: ['a', 'b'], after: [] },
    });
  });

  it('are not named so that their files would be those of all phones, but for those that are there', async () => {
    for (const [name, file] of [
      ['File', /ITLFile\.tlv/],
      ['XMLDefault', /XMLDefault\.cnf\.xml/],
    ] as const) {
      const { status, body } = await api.call('PUT', `/v1/devices/${name}`, { body: {} });
      assert.deepEqual([status, body['code']], [400, 'device-name-reserved']);
      assert.match(String(body['detail']), file);
    }
    assert.equal((await api.call('PUT', '/v1/devices/FileServer', { body: {} })).status, 201);
    await api.sql.run("insert into opencapf_private.device (name, kind) values ('File', 'softphone')");
    assert.equal((await api.call('PUT', '/v1/devices/File', { body: { description: 'old' } })).status, 200);
  });

  it('have names as the wire has them, and the right form is shown', async () => {
    for (const name of [
      'sep001122334455',
      'SEP00:11:22:33:44:55',
      'SEP0011',
      'CAPF-x',
      'a.b',
      'x'.repeat(65),
      '%00',
      'a%20b',
    ]) {
      for (const method of ['PUT', 'GET', 'DELETE'] as const) {
        const answer = await api.call(method, `/v1/devices/${name}`, method === 'PUT' ? { body: {} } : {});
        assert.equal(answer.status, 400, `${method} ${name}: ${JSON.stringify(answer.body)}`);
        assert.equal(answer.body['code'], 'device-name-invalid');
      }
    }
    const { body } = await api.call('GET', '/v1/devices/sep00-11-22-33-44-5a');
    assert.match(String(body['detail']), /SEP00112233445A/);
    const softphone = await api.call('PUT', '/v1/devices/CSFalice_2', { body: {} });
    assert.equal(softphone.body['kind'], 'softphone');
  });

  it('that nobody knows are 404', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/certificate'],
    ] as const) {
      const answer = await api.call(method, `/v1/devices/SEPFFFFFFFFFFFF${path}`);
      assert.deepEqual([answer.status, answer.body['code']], [404, 'device-unknown']);
    }
  });

  it('are created once when two create them at the same time', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4].map(async () => await api.call('PUT', '/v1/devices/SEP0000000000A3', { body: {} })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 200, 201]);
  });

  it('once deleted leave revoked certificates and a cancelled operation on record', async () => {
    const name = 'SEP0000000000A4';
    await api.call('PUT', `/v1/devices/${name}`, { body: {} });
    const operation = await api.queue(name);
    const [issuer] = await api.sql.run('select id from opencapf_private.issuer');
    await api.sql.run(
      `insert into opencapf_private.certificate (device_id, device_name, type, origin, issuer_id, serial, public_key, tbs, intended_at)
       select id, name, 'LSC', 'issued', $2, '\\x01', '\\x02', '\\x03', now() from opencapf_private.device where name = $1`,
      [name, issuer?.['id']],
    );
    assert.equal((await api.call('DELETE', `/v1/devices/${name}`)).status, 204);
    assert.equal((await api.call('GET', `/v1/devices/${name}`)).status, 404);
    assert.deepEqual(await api.sql.run('select from public.device where name = $1', [name]), []);
    const ended = await api.call('GET', `/v1/operations/${operation}`);
    assert.equal(ended.body['state'], 'cancelled');
    const { body } = await api.call('GET', `/v1/devices/${name}/certificates`);
    const [certificate] = body['items'] as Body[];
    assert.deepEqual([certificate?.['state'], certificate?.['revocationReason']], ['revoked', 'cessationOfOperation']);
  });
});

describe('the list of devices', () => {
  let api: TestApi;
  const name = (number: number): string => `SEP0000000000${number.toString(16).toUpperCase().padStart(2, '0')}`;
  before(async () => {
    api = await TestApi.start();
    for (let number = 0; number < 7; number += 1) {
      await api.call('PUT', `/v1/devices/${name(number)}`, { body: { model: number < 3 ? '8845' : '7962' } });
    }
    await api.call('PUT', '/v1/devices/CSFalice', { body: {} });
    await api.sql.run(`
      with made as (
        insert into opencapf_private.certificate (device_id, device_name, type, origin, serial, public_key, der, subject,
            issuer, not_before, not_after, installed_at)
          select id, name, 'LSC', 'manual', '\\x01', convert_to(name, 'UTF8'), convert_to(name, 'UTF8'), 'CN=' || name, 'CN=CAPF',
            now(), '2027-01-01'::timestamptz - (row_number() over (order by name)) * interval '1 day', now()
          from opencapf_private.device where name like 'SEP%4' or name like 'SEP%5' or name like 'SEP%6' returning device_id, id)
      update opencapf_private.device d set published_certificate_id = made.id from made where made.device_id = d.id`);
    const first = await api.queue(name(1));
    await api.call('POST', `/v1/operations/${first}/cancel`);
    await api.queue(name(1));
    await api.call('POST', `/v1/operations/${await api.queue(name(2))}/cancel`);
    await api.queue(name(3));
  });
  after(async () => await api[Symbol.asyncDispose]());

  const names = async (query: string): Promise<readonly unknown[]> => {
    const { status, body } = await api.call('GET', `/v1/devices?${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    return (body['items'] as Body[]).map((device) => device['name']);
  };
  const paged = async (query: string): Promise<readonly unknown[]> => {
    const found: unknown[] = [];
    let cursor: unknown = null;
    do {
      const { body } = await api.call(
        'GET',
        `/v1/devices?${query}&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      const items = body['items'] as Body[];
      assert.ok(items.length <= 2);
      found.push(...items.map((device) => device['name']));
      cursor = body['nextCursor'];
    } while (cursor !== null);
    return found;
  };

  it('comes in pages that together are the whole', async () => {
    for (const query of [
      '',
      'prefix=SEP',
      'state=cancelled',
      'lscExpiresBefore=2027-01-01',
      'lsc=none',
      'state=pending',
    ]) {
      assert.deepEqual(await paged(query), await names(query), query);
    }
    assert.equal((await names('')).length, 8);
  });

  it('is narrowed by each filter', async () => {
    assert.deepEqual(await names('prefix=CSF'), ['CSFalice']);
    assert.deepEqual(await names('prefix=SEP00000000000&lsc=none'), [0, 1, 2, 3].map(name));
    assert.deepEqual(await names('lsc=installed'), [4, 5, 6].map(name));
    assert.deepEqual(await names('lsc=gone'), []);
    assert.deepEqual(await names('state=pending'), [1, 3].map(name));
    assert.deepEqual(await names('state=cancelled'), [name(2)]);
    assert.deepEqual(await names('state=pending&prefix=SEP000000000003'), [name(3)]);
    assert.deepEqual(await names('model=8845'), [0, 1, 2].map(name));
    assert.deepEqual(await names('resetRequired=true'), [1, 3].map(name));
  });

  it('names the LSC that ends soonest first', async () => {
    assert.deepEqual(await names('lscExpiresBefore=2027-01-01'), [6, 5, 4].map(name));
    assert.deepEqual(await names('lscExpiresBefore=2026-12-31T00:00:00Z'), [6, 5].map(name));
  });

  it('refuses a cursor of another list and filters that nobody knows', async () => {
    const { body } = await api.call('GET', '/v1/operations?limit=1');
    const foreign = await api.call('GET', `/v1/devices?cursor=${body['nextCursor']}`);
    assert.deepEqual([foreign.status, foreign.body['code']], [400, 'cursor-invalid']);
    for (const query of ['colour=red', 'limit=0', 'limit=1001', 'state=open', 'lscExpiresBefore=soon', 'prefix=%25']) {
      const answer = await api.call('GET', `/v1/devices?${query}`);
      assert.deepEqual([answer.status, answer.body['code']], [400, 'request-invalid'], query);
    }
  });
});
