import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ensurePredefinedProfiles } from '@opencapf/store';
import { predefinedProfiles } from '@opencapf/tftp';
import { type Body, TestApi } from '../testing/api.js';

describe('security profiles', () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
    await ensurePredefinedProfiles(api.test.database, predefinedProfiles());
  });
  after(async () => await api[Symbol.asyncDispose]());

  const make = async (body: Body, query = ''): Promise<Body> => {
    const answer = await api.call('POST', `/v1/security-profiles${query}`, { body });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body;
  };
  const codes = ({ warnings }: Body): readonly unknown[] => (warnings as Body[]).map(({ code }) => code);
  const put = async (name: string, body: Body, query = '') =>
    await api.call('PUT', `/v1/devices/${name}${query}`, { body });

  it('are made with the words of the source documents, read, changed, renamed and deleted', async () => {
    const made = await make({
      name: 'Lobby / phones',
      model: 'Cisco 8845',
      protocol: 'SIP',
      deviceSecurityMode: 'Non Secure',
      encryptedConfiguration: true,
      authenticationMode: 'By Existing Certificate (Precedence to LSC)',
      keyOrder: 'RSA Only',
      certificateIssuer: 'Cisco Authority Proxy Function',
      capfServers: ['capf.example', '[2001:db8::1]:3805'],
    });
    const { createdAt, updatedAt, certificateIssuer, ...rest } = made;
    assert.equal(typeof certificateIssuer, 'string');
    assert.deepEqual(rest, {
      name: 'Lobby / phones',
      description: '',
      model: 'Cisco 8845',
      protocol: 'SIP',
      predefined: false,
      deviceSecurityMode: 'nonSecure',
      encryptedConfiguration: true,
      excludeDigestCredentials: false,
      authenticationMode: 'existingCertificateLscFirst',
      keyOrder: 'rsaOnly',
      rsaKeySize: 2048,
      ecKeySize: 256,
      capfServers: ['capf.example', '[2001:db8::1]:3805'],
      devices: 0,
      warnings: [],
    });
    const url = `/v1/security-profiles/${encodeURIComponent('Lobby / phones')}`;
    assert.equal((await api.call('GET', url)).body['name'], 'Lobby / phones');
    const change = { name: 'Lobby', keyOrder: 'EC Preferred, RSA Backup' };
    const unforced = await api.call('PATCH', url, { body: change });
    assert.deepEqual([unforced.status, unforced.body['code']], [409, 'combination-unless-forced']);
    assert.match(String(unforced.body['detail']), /ec-key-with-encrypted-configuration/);
    const changed = await api.call('PATCH', `${url}?force=true`, { body: change });
    assert.deepEqual([changed.status, changed.body['keyOrder']], [200, 'ecPreferred']);
    assert.deepEqual(codes(changed.body), ['ec-key-with-encrypted-configuration']);
    assert.equal((await api.call('GET', url)).status, 404);
    assert.equal((await api.call('DELETE', '/v1/security-profiles/Lobby')).status, 204);
    assert.equal((await api.call('DELETE', '/v1/security-profiles/Lobby')).body['code'], 'security-profile-unknown');
  });

  it('are refused with a code for each mistake', async () => {
    await make({ name: 'Taken' });
    const wrong: readonly (readonly [Body, number, string])[] = [
      [{ name: 'Taken' }, 409, 'security-profile-name-taken'],
      ...['', '.', '..', ' ', ' x', 'x ', 'x\u202Ey'].map((name) => [{ name }, 400, 'request-invalid'] as const),
      [{ name: 'x', colour: 'red' }, 400, 'request-invalid'],
      [{ name: 'x', rsaKeySize: 1000 }, 400, 'request-invalid'],
      [{ name: 'x', rsaKeySize: 512 }, 400, 'key-size-below-minimum'],
      [{ name: 'x', deviceSecurityMode: 'Very Secure' }, 400, 'device-security-mode-unknown'],
      [{ name: 'x', authenticationMode: 'password' }, 400, 'authentication-mode-unknown'],
      [{ name: 'x', keyOrder: 'rsaFirst' }, 400, 'key-order-unknown'],
      [{ name: 'x', certificateIssuer: 'Nobody' }, 400, 'certificate-issuer-unknown'],
      [{ name: 'x', capfServers: ['a b'] }, 400, 'capf-servers-unusable'],
      [{ name: 'x', model: '7800', protocol: 'SCCP', encryptedConfiguration: true }, 409, 'combination-unless-forced'],
      [{ name: 'x', model: '8845', protocol: 'SIP', excludeDigestCredentials: true }, 409, 'combination-unless-forced'],
    ];
    for (const [body, status, code] of wrong) {
      const answer = await api.call('POST', '/v1/security-profiles', { body });
      assert.deepEqual([answer.status, answer.body['code']], [status, code], JSON.stringify(body));
    }
    const forced = { name: 'Forced', model: '8845', protocol: 'SIP', excludeDigestCredentials: true };
    assert.deepEqual(codes(await make(forced, '?force=true')), ['model-without-digest-exclusion']);
    const unknown = { name: 'Unknown model', model: '9999', protocol: 'SIP', excludeDigestCredentials: true };
    assert.deepEqual(codes(await make(unknown)), [], 'an unknown model counts as able');
  });

  it('that are predefined are there for each model, and neither changed nor deleted', async () => {
    const name = 'Cisco 7942 - Standard SCCP Non-Secure Profile';
    const url = `/v1/security-profiles/${encodeURIComponent(name)}`;
    const { body } = await api.call('GET', url);
    assert.deepEqual([body['predefined'], body['model'], body['protocol']], [true, '7942G', 'SCCP']);
    for (const [method, options] of [
      ['PATCH', { body: { description: 'x' } }],
      ['DELETE', {}],
    ] as const) {
      const answer = await api.call(method, url, options);
      assert.deepEqual([answer.status, answer.body['code']], [409, 'security-profile-predefined']);
    }
    const listed = (await api.call('GET', '/v1/security-profiles?predefined=true&model=7942G&limit=1')).body;
    assert.equal((listed['items'] as Body[]).length, 1);
    const next = await api.call(
      'GET',
      `/v1/security-profiles?predefined=true&model=7942G&cursor=${listed['nextCursor']}`,
    );
    assert.deepEqual(
      (next.body['items'] as Body[]).map((item) => item['name']),
      ['Cisco 7942 - Standard SIP Non-Secure Profile'],
    );
  });

  it('reach every device that has them, and are not deleted meanwhile', async () => {
    await make({ name: 'Shared', encryptedConfiguration: true });
    const [one, other] = [await api.addDevice(), await api.addDevice()];
    for (const name of [one, other]) assert.equal((await put(name, { securityProfile: 'Shared' })).status, 200);
    const shown = async () =>
      await api.sql.run('select encr_config from device where name = any($1) order by name', [[one, other]]);
    assert.deepEqual(await shown(), [{ encr_config: true }, { encr_config: true }]);
    const used = await api.call('DELETE', '/v1/security-profiles/Shared');
    assert.deepEqual([used.status, used.body['code']], [409, 'security-profile-in-use']);
    const renamed = await api.call('PATCH', '/v1/security-profiles/Shared', {
      body: { name: 'Renamed', encryptedConfiguration: false },
    });
    assert.equal(renamed.body['devices'], 2);
    const inEffect = async (body: Body): Promise<unknown> => {
      const { encryptedConfiguration, filesEncrypted } = (await put(one, body)).body;
      return [encryptedConfiguration, filesEncrypted];
    };
    assert.deepEqual(await inEffect({ encryptedConfiguration: true }), [true, true]);
    assert.deepEqual(await inEffect({ encryptedConfiguration: null }), [null, false]);
    assert.deepEqual(await shown(), [{ encr_config: false }, { encr_config: false }]);
    const listed = await api.call('GET', '/v1/devices?securityProfile=Renamed');
    assert.equal((listed.body['items'] as Body[]).length, 2);
    const unknown = await put(one, { securityProfile: 'Shared' });
    assert.deepEqual([unknown.status, unknown.body['code']], [400, 'device-security-profile-unknown']);
  });

  it('are for devices of their model and protocol, unless it is forced', async () => {
    await make({ name: 'For 7942', model: '7942', protocol: 'SCCP' });
    const name = await api.addDevice();
    const wrong = await put(name, { model: '8845', protocol: 'SIP', securityProfile: 'For 7942' });
    assert.deepEqual([wrong.status, wrong.body['code']], [409, 'security-profile-other-model']);
    assert.equal((await put(name, { model: '8845', securityProfile: 'For 7942' }, '?force=true')).status, 200);
    assert.equal((await put(name, { model: 'Cisco 7942G', protocol: 'SCCP' })).status, 200);
    const moved = await api.call('PATCH', '/v1/security-profiles/For%207942', { body: { protocol: 'SIP' } });
    assert.deepEqual([moved.status, moved.body['code']], [409, 'security-profile-other-model']);
    assert.match(String(moved.body['detail']), new RegExp(name));
  });

  it('say what is queued without a mode, a key order and sizes', async () => {
    await make({
      name: 'Defaults',
      authenticationMode: 'existingCertificateMicFirst',
      keyOrder: 'ecPreferred',
      rsaKeySize: 4096,
      ecKeySize: 384,
    });
    const name = await api.addDevice();
    const bare = await api.call('POST', `/v1/devices/${name}/operations`, { body: { operation: 'install' } });
    assert.deepEqual([bare.status, bare.body['code']], [400, 'authentication-mode-unknown']);
    await put(name, { securityProfile: 'Defaults' });
    const { body } = await api.call('POST', `/v1/devices/${name}/operations`, { body: { operation: 'install' } });
    assert.deepEqual(
      [body['authenticationMode'], body['keyOrder'], body['rsaKeySize'], body['ecKeySize']],
      ['existingCertificateMicFirst', 'ecPreferred', 4096, 384],
    );
    assert.deepEqual(codes(body), ['existing-certificate-none-on-record']);
    const said = { operation: 'install', authenticationMode: 'nullString', rsaKeySize: 1024, replace: true };
    const over = await api.call('POST', `/v1/devices/${name}/operations`, { body: said });
    assert.deepEqual([over.body['authenticationMode'], over.body['rsaKeySize']], ['nullString', 1024]);
  });

  it('are applied or made when CAPF settings are changed on a device', async () => {
    const name = await api.addDevice();
    const standard = 'Cisco 8845 - Standard SIP Non-Secure Profile';
    await put(name, { model: '8845', protocol: 'SIP', securityProfile: standard });
    const capfSettings = { authenticationMode: 'By Null String', keyOrder: 'EC Only', ecKeySize: 256 };
    const { body } = await put(name, { capfSettings });
    assert.equal(body['securityProfile'], `${standard} - By Null String EC-256`);
    const back = await put(name, { capfSettings: { keyOrder: 'rsaOnly' } });
    assert.equal(back.body['securityProfile'], standard, 'the matching one');
  });

  it('with a security mode and an authentication string are refused to phones without an LSC, with the reason', async () => {
    const secure = { name: 'Secure', deviceSecurityMode: 'encrypted', authenticationMode: 'authenticationString' };
    assert.deepEqual(codes(await make(secure)), ['string-needs-lsc']);
    const name = await api.addDevice();
    const refused = await put(name, { securityProfile: 'Secure' }, '?force=true');
    assert.deepEqual([refused.status, refused.body['code']], [409, 'combination-refused']);
    assert.match(String(refused.body['detail']), /string-without-lsc: .*does not register/);
    await make({ name: 'Becomes secure', deviceSecurityMode: 'encrypted' });
    await put(name, { securityProfile: 'Becomes secure' });
    const later = await api.call('PATCH', '/v1/security-profiles/Becomes%20secure', {
      body: { authenticationMode: 'authenticationString' },
    });
    assert.deepEqual([later.status, later.body['code']], [409, 'combination-refused']);
    const queue = async (operation: string) =>
      await api.call('POST', `/v1/devices/${name}/operations`, {
        body: { operation, authenticationMode: 'authenticationString' },
      });
    assert.equal((await queue('install')).body['code'], 'combination-refused');
    assert.equal((await queue('delete')).status, 201, 'whatever is on record');
  });
});
