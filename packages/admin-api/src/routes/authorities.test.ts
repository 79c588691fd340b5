import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addInstalledLsc } from '@opencapf/store/testing';
import { type Body, TestApi } from '../testing/api.js';

describe('authorities', () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
  });
  after(async () => await api[Symbol.asyncDispose]());

  const list = async (): Promise<readonly Body[]> => {
    const { status, body } = await api.call('GET', '/v1/authorities');
    assert.equal(status, 200, JSON.stringify(body));
    return body['items'] as Body[];
  };
  const first = async (): Promise<Body> => (await list())[0] ?? assert.fail('no authority');
  const audited = async () =>
    await api.sql.run(
      `select actor, remote_address, subject, action, outcome, detail from opencapf_private.audit_entry
       where action like 'issuer.%' or action = 'call.refuse' order by id`,
    );
  /** An authority elsewhere, as it stands before its certificate is known. */
  const addElsewhere = async (name: string, kind: string, state: string): Promise<number> => {
    const [row] = await api.sql.run(
      'insert into opencapf_private.issuer (name, kind, state) values ($1, $2, $3) returning id',
      [name, kind, state],
    );
    return Number(row?.['id']);
  };

  it('are listed with what their certificate says, and read by number and by name', async () => {
    const authority = await first();
    assert.deepEqual(
      ['name', 'kind', 'state', 'isDefault', 'acceptExpiredUntil', 'openRequests'].map((field) => authority[field]),
      ['local', 'local', 'active', true, null, 0],
    );
    assert.match(String(authority['subject']), /CN=CAPF-/);
    assert.deepEqual((await api.call('GET', `/v1/authorities/${authority['id']}`)).body, authority);
    assert.deepEqual((await api.call('GET', '/v1/authorities/local')).body, authority);
    assert.equal('certificate' in authority, false);
  });

  it('say how many of their LSCs are installed, and how many of those end with the authority itself', async () => {
    const { id, notAfter } = await first();
    const devices = await Promise.all([api.addDevice(), api.addDevice()]);
    const made = [];
    for (const name of devices) {
      const [row] = await api.sql.run('select id from opencapf_private.device where name = $1', [name]);
      made.push(await addInstalledLsc(api.sql, String(row?.['id']), String(id)));
    }
    const counts = async () => {
      const { installedLscs, cutShort } = await first();
      return { installedLscs, cutShort };
    };
    assert.deepEqual(await counts(), { installedLscs: 2, cutShort: 0 });
    const cut = 'update opencapf_private.certificate set not_after = $2 where id = $1';
    await api.sql.run(cut, [made[0]?.id, notAfter]);
    assert.deepEqual(await counts(), { installedLscs: 2, cutShort: 1 });
  });

  it('have expired LSCs accepted until a time that is given, and the audit says who said so', async () => {
    const { id } = await first();
    const set = async (acceptExpiredUntil: unknown) =>
      await api.call('PATCH', `/v1/authorities/${id}`, { body: { acceptExpiredUntil } });
    const before = (await audited()).length;
    const until = '2027-01-31T00:00:00.000Z';
    assert.equal((await set('2027-01-31')).body['acceptExpiredUntil'], until);
    assert.equal((await first())['acceptExpiredUntil'], until);
    assert.equal((await set(until)).status, 200);
    assert.equal((await set(null)).body['acceptExpiredUntil'], null);
    const entry = {
      actor: 'tester',
      remote_address: '127.0.0.1',
      subject: 'local',
      action: 'issuer.change',
      outcome: 'done',
    };
    assert.deepEqual((await audited()).slice(before), [
      { ...entry, detail: { issuer: id, acceptExpiredUntil: { before: null, after: until } } },
      { ...entry, detail: { issuer: id, acceptExpiredUntil: { before: until, after: null } } },
    ]);
  });

  it('get another name, which no other has', async () => {
    const id = await addElsewhere('Site CA', 'offline', 'staged');
    const rename = async (name: string) => await api.call('PATCH', `/v1/authorities/${id}`, { body: { name } });
    assert.equal((await rename('Site CA 2026')).body['name'], 'Site CA 2026');
    assert.equal((await api.call('GET', '/v1/authorities/Site%20CA%202026')).body['id'], id);
    const taken = await rename('local');
    assert.deepEqual([taken.status, taken.body['code']], [409, 'authority-name-taken']);
  });

  it('take nothing else, and each refusal changes nothing and is one entry in the audit', async () => {
    const { id } = await first();
    for (const [path, body, code] of [
      [id, { acceptExpiredUntil: '2026-11-20T18:00:00Z' }, 'accept-expired-past'],
      [id, { acceptExpiredUntil: 'soon' }, 'request-invalid'],
      [id, { name: '17' }, 'request-invalid'],
      [id, { name: 'default' }, 'request-invalid'],
      [id, { name: ' local' }, 'request-invalid'],
      [id, { acceptExpiredUntil: null, state: 'retired' }, 'request-invalid'],
      [999_999, { acceptExpiredUntil: null }, 'authority-unknown'],
      ['x', { acceptExpiredUntil: null }, 'authority-unknown'],
    ] as const) {
      const authority = await first();
      const before = (await audited()).length;
      const answer = await api.call('PATCH', `/v1/authorities/${path}`, { body });
      assert.equal(answer.body['code'], code);
      assert.deepEqual(await first(), authority);
      assert.equal((await audited()).length, before + 1, code);
    }
  });
});

describe('Certificate Issuer to Endpoint', () => {
  it('is a setting of a device and a filter, by the name of an authority or in the words of the source documents', async () => {
    await using api = await TestApi.start();
    const devices = await Promise.all([api.addDevice(), api.addDevice()]);
    const [one = '', other = ''] = devices;
    const add = 'insert into opencapf_private.issuer (name, kind, state) values ($1, $2, $3)';
    await api.sql.run(add, ['By hand', 'offline', 'active']);
    await api.sql.run(add, ['Old', 'est', 'retired']);
    const put = async (certificateIssuer: unknown) =>
      await api.call('PUT', `/v1/devices/${one}`, { body: { certificateIssuer } });
    const listed = async (certificateIssuer: string) => {
      const { body } = await api.call('GET', `/v1/devices?certificateIssuer=${encodeURIComponent(certificateIssuer)}`);
      return (body['items'] as Body[]).map(({ name }) => name);
    };
    assert.equal((await put('By hand')).body['certificateIssuer'], 'By hand');
    assert.equal((await put(null)).body['certificateIssuer'], null);
    assert.equal((await put('Cisco Authority Proxy Function')).body['certificateIssuer'], 'local');
    assert.equal((await put('Offline CA')).body['certificateIssuer'], 'By hand');
    assert.deepEqual(await listed('By hand'), [one]);
    assert.deepEqual(await listed('Offline CA'), [one]);
    assert.deepEqual(await listed('default'), [other]);
    assert.deepEqual(await listed('local'), []);
    await api.sql.run(add, ['Also by hand', 'offline', 'active']);
    for (const unknown of ['Old', 'Online CA', 'nobody', 'Offline CA']) {
      const refused = await put(unknown);
      assert.deepEqual([refused.status, refused.body['code']], [400, 'certificate-issuer-unknown'], unknown);
    }
    assert.equal((await api.call('GET', `/v1/devices/${one}`)).body['certificateIssuer'], 'By hand');
  });
});
