import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createServerCertificate, generateKeyPair, readCertificate, toPem } from '@opencapf/pki';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { type Body, foreignIssuer, TestApi } from '../testing/api.js';
import { trustFixtures } from '../testing/trust-fixtures.js';

const zip = 'application/zip';
const pem = 'application/x-pem-file';

/** The common name of {@link foreignIssuer} is reserved for CAPF, so that its authority is made behind the API's back. */
async function offlineAuthority(api: TestApi, certificate: Uint8Array): Promise<number> {
  const [row] = await api.sql.run(
    `insert into opencapf_private.issuer (name, kind, state, certificate) values ('By hand', 'offline', 'active', $1) returning id`,
    [certificate],
  );
  return Number(row?.['id']);
}

/** A request that waits for somebody's hand. */
async function addRequest(api: TestApi, issuer: number, device: string, spki: Uint8Array): Promise<number> {
  const operation = await api.queue(device);
  const [row] = await api.sql.run(
    `insert into opencapf_private.certificate (device_id, device_name, type, origin, issuer_id, public_key, request,
       authority_reference, operation_id, intended_at)
     select id, name, 'LSC', 'issued', $2, $3, 'request', $4, $5, now() from opencapf_private.device where name = $1 returning id`,
    [device, issuer, spki, `reference ${device}`, operation],
  );
  await api.sql.run(
    `insert into opencapf_private.authority_request (certificate_id, issuer_id, state, poll_reference, next_attempt_at)
     values ($1, $2, 'pending', 'x', 'infinity')`,
    [row?.['id'], issuer],
  );
  return Number(row?.['id']);
}

describe('a new authority', () => {
  it('is staged, its secrets are sealed, and its settings are checked by its kind', async () => {
    await using api = await TestApi.start();
    const secrets = { password: 'a-secret-password' };
    const configuration = { url: 'https://ca.example', username: 'capf' };
    const made = await api.call('POST', '/v1/authorities', {
      body: { name: 'Site CA', kind: 'est', configuration, secrets, lscTrust: trustFixtures.root },
    });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.deepEqual([made.body['state'], made.body['secretsSet']], ['staged', ['password']]);
    assert.equal((made.body['configuration'] as Body)['timeoutSeconds'], 30);
    assert.match(String(made.body['subject']), /Manufacturing Root/);
    const patch = async (body: Body) => await api.call('PATCH', '/v1/authorities/Site%20CA', { body });
    const changed = await patch({ configuration: { timeoutSeconds: 5 } });
    assert.equal((changed.body['configuration'] as Body)['timeoutSeconds'], 5, JSON.stringify(changed.body));
    assert.deepEqual((await patch({ secrets: { password: null } })).body['secretsSet'], []);
    const twice = await api.call('POST', '/v1/authorities', { body: { name: 'Site CA', kind: 'Offline CA' } });
    assert.deepEqual([twice.status, twice.body['code']], [409, 'authority-name-taken']);
    const local = await api.call('POST', '/v1/authorities', {
      body: { name: 'Next', kind: 'local', configuration: { key: 'EC 256', commonName: 'LSCs' } },
    });
    assert.deepEqual([local.status, local.body['subject']], [201, 'CN=LSCs'], JSON.stringify(local.body));
    const audit = JSON.stringify(await api.sql.run('select detail from opencapf_private.audit_entry'));
    assert.ok(!audit.includes(secrets.password), audit);
  });

  it('is refused with what is wrong, and nothing is kept', async () => {
    await using api = await TestApi.start();
    for (const [body, status, code] of [
      [{ kind: 'acme' }, 400, 'authority-kind-unknown'],
      [{ kind: 'est', configuration: { url: 'http://ca.example' } }, 400, 'authority-setting-invalid'],
      [{ kind: 'offline', configuration: { colour: 1 } }, 400, 'authority-setting-invalid'],
      [{ kind: 'offline', lscTrust: trustFixtures.namedAsCapf }, 422, 'trust-name-reserved'],
      [{ kind: 'offline', lscTrust: trustFixtures.root + trustFixtures.namesake }, 422, 'authority-trust-ambiguous'],
      [{ kind: 'offline', lscTrust: 'rubbish' }, 400, 'trust-upload-unreadable'],
      [{ kind: 'local', secrets: { keyFile: 'AAAA' } }, 422, 'key-file-without-key'],
      [{ kind: 'offline', secrets: { password: 7 } }, 400, 'request-invalid'],
    ] as const) {
      const refused = await api.call('POST', '/v1/authorities', { body: { name: 'No', ...body } });
      assert.deepEqual([refused.status, refused.body['code']], [status, code], JSON.stringify(refused.body));
    }
    assert.equal(((await api.call('GET', '/v1/authorities')).body['items'] as Body[]).length, 1);
  });

  it('is tried step by step', async () => {
    await using api = await TestApi.start();
    await api.call('POST', '/v1/authorities', { body: { name: 'Bare', kind: 'offline' } });
    const bare = (await api.call('POST', '/v1/authorities/Bare/test')).body;
    assert.equal(bare['works'], false, JSON.stringify(bare));
    await api.call('PATCH', '/v1/authorities/Bare', { body: { lscTrust: trustFixtures.root } });
    const whole = (await api.call('POST', '/v1/authorities/Bare/test')).body;
    assert.equal(whole['works'], true, JSON.stringify(whole));
    const tried = await api.sql.run(
      `select outcome from opencapf_private.audit_entry where action = 'issuer.test' order by id`,
    );
    assert.deepEqual(tried, [{ outcome: 'failed' }, { outcome: 'done' }]);
  });
});

describe('an offline authority', () => {
  it('has all of its open requests in one download, more than are read at once', async () => {
    await using api = await TestApi.start();
    const issuer = await offlineAuthority(api, (await foreignIssuer()).certificate.der);
    const count = 450;
    await api.sql.run(
      `with added as (
         insert into opencapf_private.device (name) select 'SEP' || lpad(n::text, 12, '0') from generate_series(1, $2::int) n
         returning id, name),
       asked as (
         insert into opencapf_private.certificate (device_id, device_name, type, origin, issuer_id, public_key, request,
           authority_reference, intended_at)
         select id, name, 'LSC', 'issued', $1, convert_to('key of ' || name, 'UTF8'), convert_to('request of ' || name, 'UTF8'),
           'reference ' || name, now() from added
         returning id)
       insert into opencapf_private.authority_request (certificate_id, issuer_id, state, poll_reference, next_attempt_at)
       select id, $1, 'pending', 'x', 'infinity' from asked`,
      [issuer, count],
    );
    const path = '/v1/authorities/By%20hand/certification-requests';
    const packed = await api.call('GET', path, { headers: { accept: zip } });
    const files = Object.entries(unzipSync(packed.bytes)).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]);
    assert.equal(files.length, 2 * count);
    for (const [name = '', text = ''] of files) {
      const device = name.slice(0, 15);
      const isRequest = name.endsWith('.csr.pem');
      const expected = Buffer.from(`${isRequest ? 'request' : 'key'} of ${device}`);
      assert.equal(text, toPem(isRequest ? 'CERTIFICATE REQUEST' : 'PUBLIC KEY', expected));
    }
    const some = await api.call('GET', `${path}?limit=201`);
    assert.equal(some.bytes.toString().split('-----BEGIN').length - 1, 201);
  });

  it('has its requests downloaded and its certificates uploaded, each matched by its key', async () => {
    await using api = await TestApi.start();
    const ca = await foreignIssuer();
    const issuer = await offlineAuthority(api, ca.certificate.der);
    const device = await api.addDevice();
    const { spki } = await generateKeyPair({ kind: 'ec', size: 256 });
    const id = await addRequest(api, issuer, device, spki);
    const certificate = async (commonName: string, key = spki): Promise<Uint8Array> =>
      await createServerCertificate(ca, {
        commonName,
        dnsNames: ['phone.example'],
        ipAddresses: [],
        spki: key,
        validityDays: 100,
        now: TestApi.now,
      });

    const { items } = (await api.call('GET', '/v1/authority-requests?authority=By%20hand&open=true')).body;
    assert.deepEqual(
      (items as Body[]).map((one) => [one['id'], one['device'], one['state'], one['nextAttemptAt'], one['authority']]),
      [[id, device, 'pending', null, 'By hand']],
    );
    const [{ operationId }] = items as [Body];
    const { body: operation } = await api.call('GET', `/v1/operations/${String(operationId)}`);
    assert.deepEqual(operation['authorityRequests'], items, 'an operation shows what was asked for it');
    const byOperation = await api.call('GET', `/v1/authority-requests?operation=${String(operationId)}`);
    assert.deepEqual(byOperation.body['items'], items);
    const path = '/v1/authorities/By%20hand';
    const all = await api.call('GET', `${path}/certification-requests`);
    assert.match(all.bytes.toString(), /^-----BEGIN CERTIFICATE REQUEST-----\n/);
    const packed = await api.call('GET', `${path}/certification-requests`, { headers: { accept: zip } });
    assert.deepEqual(Object.keys(unzipSync(packed.bytes)).sort(), [
      `${device}-${id}.csr.pem`,
      `${device}-${id}.pub.pem`,
    ]);
    const key = await api.call('GET', `/v1/authority-requests/${id}/public-key`);
    assert.equal(key.bytes.toString(), toPem('PUBLIC KEY', spki));
    const der = await api.call('GET', `/v1/authority-requests/${id}/certification-request`, {
      headers: { accept: 'application/pkcs10' },
    });
    assert.equal(der.bytes.toString(), 'request');

    const upload = async (payload: Uint8Array, type: string): Promise<readonly unknown[]> => {
      const answer = await api.call('POST', `${path}/certificates`, {
        payload: Buffer.from(payload),
        headers: { 'content-type': type },
      });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return (answer.body['items'] as Body[]).map(({ outcome, device: of, code }) => [outcome, of, code]);
    };
    const other = await generateKeyPair({ kind: 'ec', size: 256 });
    const wrong = toPem('CERTIFICATE', await certificate('SEP0000000000FF'));
    const right = await certificate(device);
    const stranger = toPem('CERTIFICATE', await certificate(device, other.spki));
    const issuing = toPem('CERTIFICATE', ca.certificate.der);
    assert.deepEqual(await upload(Buffer.from(wrong + stranger + issuing), pem), [
      ['refused', device, 'issued-certificate-name'],
      ['unknownKey', null, null],
    ]);
    const files = { 'a.pem': strToU8(toPem('CERTIFICATE', right)), 'b.txt': strToU8('rubbish') };
    assert.deepEqual(await upload(zipSync(files), zip), [
      ['taken', device, null],
      ['refused', null, 'trust-upload-unreadable'],
    ]);
    assert.deepEqual(await upload(right, 'application/pkix-cert'), [['known', device, null]]);
    const { body } = await api.call('GET', `/v1/authority-requests/${id}`);
    assert.equal(body['state'], 'issued');
    assert.equal((await api.call('GET', `/v1/devices/${device}`)).body['resetRequired'], true);
    const ended = await api.call('POST', `/v1/authority-requests/${id}/retry`);
    assert.deepEqual([ended.status, ended.body['code']], [409, 'authority-request-ended']);
    assert.equal(readCertificate(right).commonName, device);
  });

  it('takes no zip that unpacks to more than certificates can be, and none for another kind', async () => {
    await using api = await TestApi.start();
    await offlineAuthority(api, (await foreignIssuer()).certificate.der);
    const send = async (name: string, payload: Uint8Array) => {
      const options = { payload: Buffer.from(payload), headers: { 'content-type': zip } };
      const { status, body } = await api.call('POST', `/v1/authorities/${name}/certificates`, options);
      return [status, body['code']];
    };
    const bomb = zipSync({ 'a.pem': new Uint8Array(300 * 1024) });
    assert.deepEqual(await send('By%20hand', bomb), [413, 'zip-too-large']);
    assert.deepEqual(await send('By%20hand', Buffer.from('PK rubbish')), [400, 'zip-unreadable']);
    assert.deepEqual(await send('local', bomb), [409, 'authority-not-offline']);
  });
});
