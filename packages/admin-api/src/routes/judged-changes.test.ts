import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type Answer, type Body, certificateFor, TestApi } from '../testing/api.js';

describe('what a phone cannot do', () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
  });
  after(async () => await api[Symbol.asyncDispose]());

  const make = async (body: Body, query = ''): Promise<void> => {
    const { status, body: answer } = await api.call('POST', `/v1/security-profiles${query}`, { body });
    assert.equal(status, 201, JSON.stringify(answer));
  };
  const change = async (name: string, body: Body, query = ''): Promise<Answer> =>
    await api.call('PATCH', `/v1/security-profiles/${name}${query}`, { body });
  const put = async (name: string, body: Body, query = ''): Promise<Answer> =>
    await api.call('PUT', `/v1/devices/${name}${query}`, { body });
  const device = async (body: Body): Promise<string> => {
    const name = await api.addDevice();
    assert.equal((await put(name, body)).status, 200);
    return name;
  };
  /** With the EC key that certificates of tests have. */
  const withEcLsc = async (name: string): Promise<void> => {
    const payload = Buffer.from(await certificateFor(api.issuer, name));
    const headers = { 'content-type': 'application/pkix-cert' };
    assert.equal((await api.call('PUT', `/v1/devices/${name}/certificate`, { payload, headers })).status, 200);
  };
  const refused = ({ status, body }: Answer, code: string, detail: RegExp): void => {
    assert.deepEqual([status, body['code']], [409, code], JSON.stringify(body));
    assert.match(String(body['detail']), detail);
  };
  const codes = ({ status, body }: Answer): readonly unknown[] => {
    assert.equal(status, 200, JSON.stringify(body));
    return (body['warnings'] as Body[]).map(({ code }) => code);
  };

  it('is refused when a profile of any model comes to ask for it, with the device, unless it is forced', async () => {
    await make({ name: 'Any' });
    const phone = await device({ model: '8845', protocol: 'SIP', securityProfile: 'Any' });
    const old = await device({ model: '8961', protocol: 'SIP', securityProfile: 'Any' });
    refused(
      await change('Any', { excludeDigestCredentials: true }),
      'combination-unless-forced',
      new RegExp(`model-without-digest-exclusion: ${phone}`),
    );
    assert.deepEqual(codes(await change('Any', { description: 'x' })), []);
    const forced = await change('Any', { excludeDigestCredentials: true }, '?force=true');
    assert.deepEqual(codes(forced), ['model-without-digest-exclusion']);
    assert.deepEqual(codes(await change('Any', { description: 'y' })), ['model-without-digest-exclusion']);
    await put(old, { model: '7800', protocol: 'SCCP' }, '?force=true');
    refused(
      await change('Any', { encryptedConfiguration: true }),
      'combination-unless-forced',
      new RegExp(`model-without-encryption: ${old}`),
    );
    assert.deepEqual(codes(await put(old, { encryptedConfiguration: false })), ['model-without-digest-exclusion']);
    assert.deepEqual(codes(await change('Any', { encryptedConfiguration: true })), ['model-without-digest-exclusion']);
  });

  it('with a key that is there, or on its way, is refused as well', async () => {
    const ec = 'ec-key-with-encrypted-configuration';
    await make({ name: 'Shared' });
    const phone = await device({ securityProfile: 'Shared' });
    await withEcLsc(phone);
    refused(await put(phone, { encryptedConfiguration: true }), 'combination-unless-forced', new RegExp(ec));
    refused(await change('Shared', { encryptedConfiguration: true }), 'combination-unless-forced', new RegExp(phone));
    assert.deepEqual(codes(await put(phone, { encryptedConfiguration: true }, '?force=true')), [ec]);
    assert.deepEqual(codes(await put(phone, { model: null, capfSettings: { keyOrder: 'rsaOnly' } })), [ec]);
    const cure = { operation: 'install', authenticationMode: 'nullString' };
    const queue = async (of: string, body: Body): Promise<Answer> =>
      await api.call('POST', `/v1/devices/${of}/operations`, { body });
    assert.equal((await queue(phone, cure)).status, 201);
    const waiting = await device({ securityProfile: 'Shared' });
    assert.equal((await queue(waiting, { ...cure, keyOrder: 'ecOnly' })).status, 201);
    refused(await put(waiting, { encryptedConfiguration: true }), 'combination-unless-forced', new RegExp(ec));
    assert.equal((await queue(waiting, { ...cure, replace: true })).status, 201);
    assert.deepEqual(codes(await put(waiting, { encryptedConfiguration: true })), []);
    refused(
      await queue(waiting, { ...cure, keyOrder: 'ecOnly', replace: true }),
      'combination-unless-forced',
      /ec-key/,
    );
  });

  it('with a key that is there is told of only, where files are served over HTTPS', async () => {
    const over = 'ec-key-served-over-https';
    await api.sql.run('update opencapf_private.trust_list_plan set serves_https = true');
    try {
      await make({ name: 'Over HTTPS' });
      const phone = await device({ securityProfile: 'Over HTTPS' });
      await withEcLsc(phone);
      const told = await put(phone, { encryptedConfiguration: true });
      assert.deepEqual([told.status, codes(told)], [200, [over]]);
      assert.match(JSON.stringify(told.body), /OPENCAPF_TFTP_HTTPS_PORT/);
      const changed = await change('Over%20HTTPS', { encryptedConfiguration: true, keyOrder: 'ecOnly' });
      assert.deepEqual([changed.status, codes(changed)], [200, [over]]);
      const by = { operation: 'install', authenticationMode: 'nullString', keyOrder: 'ecOnly' };
      assert.equal((await api.call('POST', `/v1/devices/${phone}/operations`, { body: by })).status, 201);
    } finally {
      await api.sql.run('update opencapf_private.trust_list_plan set serves_https = false');
    }
  });

  it('and is never done is not done by two calls at once either', async () => {
    const string = { authenticationMode: 'authenticationString' };
    for (let round = 0; round < 4; round += 1) {
      await make({ name: `Round ${round}` });
      const name = `Round%20${round}`;
      const phone = await device({});
      const answers = await Promise.all([
        change(name, string),
        put(phone, { securityProfile: `Round ${round}` }),
        change(name, { deviceSecurityMode: 'encrypted' }),
      ]);
      const failed = answers.filter(({ status }) => status !== 200);
      assert.deepEqual(
        failed.map(({ body }) => body['code']),
        ['combination-refused'],
      );
    }
  });

  it('is refused to an operation by what the device has become while the operation waited for it', async () => {
    const phone = await device({});
    const { database } = api.test;
    const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    const operation = { operation: 'install', authenticationMode: 'nullString', keyOrder: 'ecOnly' };
    const queue = async (): Promise<Answer> =>
      await api.call('POST', `/v1/devices/${phone}/operations`, { body: operation });
    const queued = await database.transaction(async (queries) => {
      await queries.updateTable('device').set({ encrypted_configuration: true }).where('name', '=', phone).execute();
      const answer = queue();
      while ((await api.sql.run(waiting)).length === 0) await setImmediate();
      return { answer };
    });
    refused(await queued.answer, 'combination-unless-forced', /ec-key-with-encrypted-configuration/);
    assert.equal((await put(phone, { encryptedConfiguration: false })).status, 200);
    assert.equal((await queue()).status, 201);
  });

  it('is looked for in the profile of its model, by whatever name', async () => {
    const by = { authenticationMode: 'existingCertificateMicFirst', rsaKeySize: 4096 };
    await make({ name: 'Of 8845', model: '8845', protocol: 'SIP', ...by });
    const phone = await device({ model: 'Cisco 8845', protocol: 'SIP' });
    const found = await put(phone, { capfSettings: by });
    assert.equal(found.body['securityProfile'], 'Of 8845');
    const other = await device({ model: '8865', protocol: 'SIP' });
    assert.notEqual((await put(other, { capfSettings: by })).body['securityProfile'], 'Of 8845');
  });
});
