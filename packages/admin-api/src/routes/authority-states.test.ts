import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Body, TestApi } from '../testing/api.js';
import { trustFixtures } from '../testing/trust-fixtures.js';

const root = new X509Certificate(trustFixtures.root).raw;

async function add(api: TestApi, name: string, state: string, certificate: Buffer | null = root): Promise<void> {
  const statement =
    'insert into opencapf_private.issuer (name, kind, state, certificate) values ($1, $2, $3, $4) returning id';
  await api.sql.run(statement, [name, 'offline', state, certificate]);
}

describe('an authority', () => {
  it('goes from staged to active to retired, once somebody confirms that it is trusted', async () => {
    await using api = await TestApi.start();
    await add(api, 'Next', 'staged');
    const post = async (path: string, body?: Body) =>
      await api.call('POST', `/v1/authorities/${path}`, body === undefined ? {} : { body });
    const refused = async (path: string, code: string, body?: Body): Promise<void> => {
      const answer = await post(path, body);
      assert.deepEqual([answer.status, answer.body['code']], [409, code], path);
    };
    await refused('Next/activate', 'activation-unconfirmed', {});
    await refused('Next/activate', 'activation-unconfirmed', { confirmed: false, makeDefault: true });
    await refused('Next/default', 'authority-not-active');
    await refused('Next/retire', 'authority-not-active');
    await refused('local/retire', 'authority-is-last');
    const active = await post('Next/activate', { confirmed: true });
    assert.deepEqual([active.status, active.body['state'], active.body['isDefault']], [200, 'active', false]);
    await refused('Next/activate', 'authority-not-staged', { confirmed: true });
    await refused('local/retire', 'authority-is-default');
    assert.equal((await post('Next/default')).body['isDefault'], true);
    const device = await api.addDevice();
    await api.call('PUT', `/v1/devices/${device}`, { body: { certificateIssuer: 'local' } });
    await refused('local/retire', 'authority-of-devices');
    await api.call('PUT', `/v1/devices/${device}`, { body: { certificateIssuer: null } });
    const retired = await post('local/retire');
    assert.deepEqual([retired.status, retired.body['state'], retired.body['isDefault']], [200, 'retired', false]);
    await refused('local/retire', 'authority-not-active');
    const unknown = await post('nobody/retire');
    assert.deepEqual([unknown.status, unknown.body['code']], [404, 'authority-unknown']);
    const entries = await api.sql.run(
      `select action, outcome from opencapf_private.audit_entry where actor = 'tester'
         and (action like 'issuer.%' or action = 'call.refuse') order by id`,
    );
    assert.deepEqual(
      entries.filter(({ outcome }) => outcome === 'done').map(({ action }) => action),
      ['issuer.activate', 'issuer.default', 'issuer.retire'],
    );
    assert.equal(entries.filter(({ outcome }) => outcome === 'refused').length, 10);
  });

  it('is not activated before its certificate is known, and is forgotten only while it is staged', async () => {
    await using api = await TestApi.start();
    await add(api, 'Unknown yet', 'staged', null);
    const path = '/v1/authorities/Unknown%20yet';
    const early = await api.call('POST', `${path}/activate`, { body: { confirmed: true } });
    assert.deepEqual([early.status, early.body['code']], [409, 'authority-without-certificate']);
    const device = await api.addDevice();
    await api.call('PUT', `/v1/devices/${device}`, { body: { certificateIssuer: 'Unknown yet' } });
    const wanted = await api.call('DELETE', path);
    assert.deepEqual([wanted.status, wanted.body['code']], [409, 'authority-of-devices']);
    await api.call('PUT', `/v1/devices/${device}`, { body: { certificateIssuer: null } });
    assert.equal((await api.call('DELETE', path)).status, 204);
    assert.equal((await api.call('GET', path)).status, 404);
    const active = await api.call('DELETE', '/v1/authorities/local');
    assert.deepEqual([active.status, active.body['code']], [409, 'authority-not-staged']);
  });
});

describe('the CAPF certificate', () => {
  it('is replaced by a staged one when somebody confirms that phones trust it', async () => {
    await using api = await TestApi.start();
    const list = async () => (await api.call('GET', '/v1/capf-certificates')).body['items'] as Body[];
    const [first] = await list();
    const [key] = await api.sql.run('select private_key_id as id from opencapf_private.capf_identity');
    const [made] = await api.sql.run(
      `insert into opencapf_private.capf_identity (certificate, private_key_id, state) values ($1, $2, 'staged') returning id`,
      [root, key?.['id']],
    );
    const path = `/v1/capf-certificates/${made?.['id']}`;
    assert.deepEqual(
      (await list()).map(({ id, state }) => [id, state]),
      [
        [Number(made?.['id']), 'staged'],
        [first?.['id'], 'active'],
      ],
    );
    const unconfirmed = await api.call('POST', `${path}/activate`, { body: {} });
    assert.deepEqual([unconfirmed.status, unconfirmed.body['code']], [409, 'activation-unconfirmed']);
    const activated = await api.call('POST', `${path}/activate`, { body: { confirmed: true } });
    assert.deepEqual([activated.status, activated.body['state']], [200, 'active']);
    assert.deepEqual(
      (await list()).map(({ state }) => state),
      ['active', 'retired'],
    );
    for (const [method, suffix] of [
      ['POST', '/activate'],
      ['DELETE', ''],
    ] as const) {
      const options = method === 'POST' ? { body: { confirmed: true } } : {};
      const refused = await api.call(method, `${path}${suffix}`, options);
      assert.deepEqual([refused.status, refused.body['code']], [409, 'capf-certificate-not-staged']);
    }
    assert.equal((await api.call('GET', '/v1/capf-certificates/999999')).status, 404);
  });
});
