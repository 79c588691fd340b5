import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readDeviceFile } from '@opencapf/store';
import { type Body, TestApi } from '../testing/api.js';

const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<device>\n<sshPassword>planted-1</sshPassword>\n<capfList><capf><phonePort>x</phonePort></capf></capfList>\n</device>\n`;
const template = `<device><userId>\${label}</userId><sshPassword>\${password}</sshPassword></device>`;
const asXml = { 'content-type': 'application/xml' };

describe('configuration files', () => {
  let api: TestApi;
  let viewer: string;
  before(async () => {
    api = await TestApi.start();
    const made = await api.call('POST', '/v1/tokens', { body: { name: 'viewer', role: 'viewer' } });
    viewer = String(made.body['token']);
  });
  after(async () => await api[Symbol.asyncDispose]());

  const put = async (name: string, payload: string | Buffer) =>
    await api.call('PUT', `/v1/devices/${name}/configuration`, { payload, headers: asXml });
  const putTemplate = async (name: string, payload: string) =>
    await api.call('PUT', `/v1/configuration-templates/${name}`, { payload, headers: asXml });

  it('are kept byte for byte, reported without secrets, replaced and forgotten', async () => {
    const name = await api.addDevice();
    const url = `/v1/devices/${name}/configuration`;
    assert.equal((await api.call('GET', url)).body['code'], 'configuration-none');
    const bytes = Buffer.from(`\ufeff${xml}`);
    const first = await put(name, bytes);
    assert.equal(first.status, 201, JSON.stringify(first.body));
    const { elements, missing, findings } = first.body['report'] as Record<string, Body[]>;
    assert.deepEqual(
      elements?.map(({ path, value }) => [path, value]),
      [
        ['sshPassword', null],
        ['capfList/capf/phonePort', 'x'],
      ],
    );
    assert.deepEqual(missing, ['fullConfig', 'capfAuthMode', 'certHash', 'encrConfig']);
    assert.equal(findings?.[0]?.['path'], 'capfList/capf/phonePort');
    const read = await api.call('GET', url);
    assert.deepEqual([read.headers['content-type'], read.bytes], ['application/xml', bytes]);
    const again = await put(name, xml);
    assert.equal(again.status, 200);
    assert.ok(Number(again.body['version']) > Number(first.body['version']));
    const report = await api.call('GET', `${url}/report`, { token: viewer });
    assert.deepEqual([report.status, report.body['version']], [200, again.body['version']]);
    assert.equal((await api.call('GET', url, { token: viewer })).status, 403);
    for (const { bytes: seen } of [first, again, report, await api.call('GET', '/v1/audit', { token: viewer })]) {
      assert.ok(!seen.includes('planted-1'));
    }
    const rows = await api.sql.run('select sealed from opencapf_private.device_configuration');
    assert.ok(rows.every(({ sealed }) => !(sealed as Buffer).includes('planted')));
    assert.equal((await api.call('DELETE', url)).status, 204);
    assert.equal((await api.call('DELETE', url)).body['code'], 'configuration-none');
    const audited = await api.sql.run(
      "select action from opencapf_private.audit_entry where subject = $1 and action like 'configuration%' order by id",
      [name],
    );
    assert.deepEqual(
      audited.map(({ action }) => action),
      ['configuration.put', 'configuration.read', 'configuration.put', 'configuration.delete'],
    );
  });

  it('that are none are refused with the line, and nothing of them is quoted', async () => {
    const name = await api.addDevice();
    for (const [payload, status, code] of [
      ['<device>\n<a>planted</b></device>', 422, 'configuration-malformed'],
      ['<!DOCTYPE device [<!ENTITY a "planted">]><device>&a;</device>', 422, 'configuration-doctype-refused'],
      ['<settings/>', 422, 'configuration-root-unexpected'],
      [Buffer.from([0x3c, 0xff]), 422, 'configuration-encoding-wrong'],
      [' '.repeat(1024 * 1024 + 1), 413, 'request-too-large'],
      ['', 400, 'request-invalid'],
    ] as const) {
      const answer = await put(name, payload);
      assert.deepEqual([answer.status, answer.body['code']], [status, code], JSON.stringify(answer.body));
      assert.ok(!answer.bytes.includes('planted'));
    }
    const line = await put(name, '<device>\n<a></b></device>');
    assert.match(String(line.body['detail']), /Line 2/);
    assert.equal((await put('SEPFFFFFFFFFFFF', xml)).body['code'], 'device-unknown');
    const typed = await api.call('PUT', `/v1/devices/${name}/configuration`, {
      payload: xml,
      headers: { 'content-type': 'text/csv' },
    });
    assert.equal(typed.status, 415);
  });

  it('are made from templates, whose fields must fit when they are given', async () => {
    const name = await api.addDevice();
    const url = `/v1/devices/${name}/configuration`;
    const from = async (fields: Body) => await api.call('PUT', url, { body: { template: 'Lobby', fields } });
    assert.equal((await from({})).body['code'], 'configuration-template-unknown');
    const wrongParts = async (given: { readonly body?: Body }) => (await api.call('PUT', url, given)).body['errors'];
    const missing = 'Invalid input: expected string, received undefined';
    assert.deepEqual(await wrongParts({ body: { fields: {} } }), [{ path: 'body/template', message: missing }]);
    assert.deepEqual(await wrongParts({ body: { template: 'Lobby', fields: { label: 1 } } }), [
      { path: 'body/fields/label', message: 'Invalid input: expected string, received number' },
    ]);
    assert.deepEqual(await wrongParts({}), [
      { path: 'body', message: 'must be XML; or: Invalid input: expected object, received null' },
    ]);
    const made = await putTemplate('Lobby', template);
    assert.deepEqual([made.status, made.body['fields']], [201, ['label', 'password']]);
    const commented = await putTemplate('Commented', `<device>\n<!-- \${label} --></device>`);
    assert.deepEqual(commented.body['fields'], []);
    assert.deepEqual((commented.body['report'] as Body)['findings'], [
      {
        path: 'device',
        line: 2,
        message: `\${label} stands in a comment, where it is no field: nothing is put in its place.`,
      },
    ]);
    assert.equal((await api.call('DELETE', '/v1/configuration-templates/Commented')).status, 204);
    assert.equal((await from({ label: 'x' })).body['code'], 'template-field-unknown');
    assert.equal((await from({ label: 'x', password: 'y', more: 'z' })).body['code'], 'template-field-unknown');
    assert.equal((await from({ label: '\0', password: 'y' })).body['code'], 'template-field-malformed');
    const kept = await from({ label: 'A & B', password: 'planted-2' });
    assert.deepEqual([kept.status, kept.body['template']], [201, 'Lobby'], JSON.stringify(kept.body));
    const filled = (await api.call('GET', url)).bytes.toString();
    assert.equal(filled, '<device><userId>A &amp; B</userId><sshPassword>planted-2</sshPassword></device>');
    assert.equal((await putTemplate('Lobby', '<device/>')).body['code'], 'configuration-template-fields');
    const before = await readDeviceFile(api.test.database, api.secretKey, name);
    assert.equal((await putTemplate('Lobby', template.replaceAll('userId', 'ownerId'))).status, 200);
    const later = await readDeviceFile(api.test.database, api.secretKey, name);
    assert.ok(later !== undefined && before !== undefined && later.updatedAt > before.updatedAt);
    assert.match((await api.call('GET', url)).bytes.toString(), /<ownerId>A &amp; B</);
    const used = await api.call('DELETE', '/v1/configuration-templates/Lobby');
    assert.deepEqual([used.status, used.body['code']], [409, 'configuration-template-in-use']);
    const listed = await api.call('GET', '/v1/configuration-templates');
    assert.deepEqual(
      (listed.body['items'] as Body[]).map((item) => item['name']),
      ['Lobby'],
    );
    await put(name, xml);
    assert.equal(
      (await api.call('GET', '/v1/configuration-templates/Lobby')).bytes.toString(),
      template.replaceAll('userId', 'ownerId'),
    );
    assert.equal((await api.call('DELETE', '/v1/configuration-templates/Lobby')).status, 204);
    const rows = JSON.stringify(await api.sql.run('select * from opencapf_private.audit_entry'));
    assert.ok(!rows.includes('planted'));
  });

  it('are never filled to more than a file may have, and a template that would be is refused with the device', async () => {
    const name = await api.addDevice();
    const url = `/v1/devices/${name}/configuration`;
    const growing = (times: number): string => `<device><x>${`\${a}`.repeat(times)}</x></device>`;
    assert.equal((await putTemplate('Growing', growing(250))).status, 201);
    const value = 'x'.repeat(4_096);
    assert.equal((await api.call('PUT', url, { body: { template: 'Growing', fields: { a: value } } })).status, 201);
    const over = await putTemplate('Growing', growing(100_000));
    assert.deepEqual([over.status, over.body['code']], [409, 'configuration-template-too-long']);
    assert.match(String(over.body['detail']), new RegExp(name));
    assert.equal((await putTemplate('Grown', growing(100_000))).status, 201, 'no device has it');
    const filled = await api.call('PUT', url, { body: { template: 'Grown', fields: { a: value } } });
    assert.deepEqual([filled.status, filled.body['code']], [413, 'configuration-too-long']);
    const many = Array.from({ length: 501 }, (_, at) => `\${f${at}}`).join('');
    const fields = await putTemplate('Many', `<device>${many}</device>`);
    assert.deepEqual([fields.status, fields.body['code']], [422, 'template-too-many-fields']);
  });

  it('and templates may be given by many at once', async () => {
    const names = await Promise.all(Array.from({ length: 8 }, () => api.addDevice()));
    const made = await Promise.all(names.map(() => putTemplate('Shared', template)));
    assert.deepEqual(made.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 200, 200, 201]);
    const body = { template: 'Shared', fields: { label: 'x', password: 'y' } };
    const work = names.flatMap((name) => [
      api.call('PUT', `/v1/devices/${name}/configuration`, { body }),
      putTemplate('Shared', template),
    ]);
    for (const { status } of await Promise.all(work)) assert.ok(status === 200 || status === 201, String(status));
  });

  it('warn of what is sent in the clear', async () => {
    const name = await api.addDevice();
    await api.call('PUT', `/v1/devices/${name}`, { body: { protocol: 'SIP' } });
    const { body } = await put(name, xml);
    assert.deepEqual(
      (body['warnings'] as Body[]).map(({ code }) => code),
      ['digest-credentials-in-the-clear'],
    );
  });

  it('are encrypted by hand with a key that is set once and read by administrators alone', async () => {
    const name = await api.addDevice();
    const url = `/v1/devices/${name}/symmetric-key`;
    await api.call('PUT', `/v1/devices/${name}`, { body: { model: '7942', protocol: 'SIP' } });
    assert.equal((await api.call('GET', url)).body['code'], 'symmetric-key-none');
    for (const [key, status, code] of [
      ['0'.repeat(32), 400, 'symmetric-key-malformed'],
      ['12', 400, 'symmetric-key-malformed'],
      ['ab'.repeat(32), 409, 'symmetric-key-size-wrong'],
    ] as const) {
      const answer = await api.call('PUT', url, { body: { key } });
      assert.deepEqual([answer.status, answer.body['code']], [status, code]);
    }
    const given = '000102030405060708090A0B0C0D0E0F';
    const set = await api.call('PUT', url, { body: { key: given } });
    assert.deepEqual([set.status, set.body['bits'], 'key' in set.body], [201, 128, false]);
    assert.equal((await api.call('GET', url)).body['key'], given.toLowerCase());
    assert.equal((await api.call('PUT', url, { body: {} })).body['code'], 'symmetric-key-already-set');
    const made = await api.call('PUT', `${url}?force=true`, { body: {} });
    assert.match(String(made.body['key']), /^[0-9a-f]{32}$/);
    const forgotten = await Promise.all([api.call('DELETE', url), api.call('DELETE', url)]);
    assert.deepEqual(forgotten.map(({ status }) => status).sort(), [204, 404]);
    assert.equal((await api.call('PUT', url, { body: { key: given } })).status, 201, 'it can be set anew');
    const operator = await api.call('POST', '/v1/tokens', { body: { name: 'operator', role: 'operator' } });
    assert.equal((await api.call('GET', url, { token: String(operator.body['token']) })).status, 403);
    const other = await api.addDevice();
    await api.call('PUT', `/v1/devices/${other}`, { body: { model: '8845', protocol: 'SIP' } });
    const beyond = await api.call('PUT', `/v1/devices/${other}/symmetric-key`, { body: {} });
    assert.deepEqual([beyond.status, beyond.body['code']], [409, 'combination-unless-forced']);
    const first = await api.call('PUT', `/v1/devices/${other}/symmetric-key?force=true`, { body: {} });
    assert.equal(first.status, 201);
    const again = await api.call('PUT', `/v1/devices/${other}/symmetric-key?force=true`, { body: {} });
    assert.deepEqual([again.status, again.body['code']], [409, 'symmetric-key-already-set'], 'forced for the model');
    const replaced = await api.call('PUT', `/v1/devices/${other}/symmetric-key?force=true&replace=true`, { body: {} });
    assert.equal(replaced.status, 201);
    const contrary = await api.call('PUT', `${url}?replace=true`, { body: { key: given, bits: 256 } });
    assert.deepEqual([contrary.status, contrary.body['code']], [409, 'symmetric-key-size-wrong']);
    const audited = JSON.stringify(
      await api.sql.run('select * from opencapf_private.audit_entry where subject = $1', [name]),
    );
    assert.ok(
      audited.includes('symmetric-key.read') &&
        !audited.includes(given.toLowerCase()) &&
        !audited.includes(String(made.body['key'])),
    );
  });
});
