import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createIssuerCertificate, createSigner, exportPkcs8Pem, generateKeyPair, toPem } from '@opencapf/pki';
import { type Answer, type Body, TestApi } from '../testing/api.js';

const passphrase = 'a-long-passphrase';

describe('a local authority whose key lies in a file on the nodes', () => {
  let api: TestApi;
  let certificate: string;
  const directory = mkdtempSync(join(tmpdir(), 'opencapf-local-keys-'));
  const at = (file: string) => ({ kind: 'file', path: join(directory, file) });
  const create = async (name: string, more: Body): Promise<Answer> =>
    await api.call('POST', '/v1/authorities', { body: { name, kind: 'local', ...more } });
  const patch = async (name: string, body: Body): Promise<Answer> =>
    await api.call('PATCH', `/v1/authorities/${name}`, { body });

  before(async () => {
    api = await TestApi.start();
    const write = (file: string, text: string): void => writeFileSync(join(directory, file), text);
    const openssl = (...args: string[]): void => {
      execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
    };
    const key = await generateKeyPair({ kind: 'ec', size: 256 });
    certificate = toPem(
      'CERTIFICATE',
      await createIssuerCertificate(createSigner(key), { commonName: 'Filed' }, TestApi.now),
    );
    write('plain.pem', exportPkcs8Pem(key.privateKey));
    write('own.pem', certificate);
    write('other.pem', exportPkcs8Pem((await generateKeyPair({ kind: 'ec', size: 256 })).privateKey));
    write('long.pem', exportPkcs8Pem((await generateKeyPair({ kind: 'ec', size: 521 })).privateKey));
    openssl('pkcs8', '-topk8', '-in', 'plain.pem', '-out', 'sealed.pem', '-passout', `pass:${passphrase}`);
    const p12 = ['-inkey', 'plain.pem', '-in', 'own.pem', '-out', 'issuer.p12', '-passout', `pass:${passphrase}`];
    openssl('pkcs12', '-export', ...p12);
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  it('is refused when the key does not open, is another or does not fit, and nothing is kept', async () => {
    const there = { configuration: { location: at('sealed.pem') } };
    for (const [more, status, code, words] of [
      [there, 422, 'authority-key-unusable', /Give its passphrase/],
      [{ ...there, secrets: { passphrase: 'wrong' } }, 422, 'authority-key-unusable', /Give the right one/],
      [{ configuration: { location: at('none.pem') } }, 422, 'authority-key-unusable', /\(ENOENT\)\. Put it there/],
      [{ configuration: { location: at('other.pem') }, lscTrust: certificate }, 422, 'issuer-key-mismatch', /key/],
      [{ configuration: { location: at('long.pem') } }, 400, 'authority-setting-invalid', /EC 521/],
      [
        { configuration: { location: { kind: 'file', path: 'here.pem' } } },
        400,
        'authority-setting-invalid',
        /absolute/,
      ],
      [{ configuration: { location: at('plain.pem'), key: 'EC 256' } }, 400, 'authority-setting-invalid', /key or loc/],
      [{ secrets: { pin: '1234' } }, 400, 'authority-setting-invalid', /no key that it opens/],
      [{ configuration: { crlUrls: ['nowhere'] } }, 400, 'authority-setting-invalid', /crlUrls/],
    ] as const) {
      const refused = await create('No', more);
      assert.deepEqual([refused.status, refused.body['code']], [status, code], JSON.stringify(refused.body));
      assert.match(String(refused.body['detail']), words);
      assert.ok(!JSON.stringify(refused.body).includes('wrong'), 'no secret is told');
    }
    assert.equal((await api.call('GET', '/v1/authorities/No')).status, 404);
  });

  it('is created with the certificate beside the key, the one that is given, or one that the key signs', async () => {
    const filed = await create('PKCS12', { configuration: { location: at('issuer.p12') }, secrets: { passphrase } });
    assert.deepEqual([filed.status, filed.body['subject']], [201, 'CN=Filed'], JSON.stringify(filed.body));
    assert.deepEqual(filed.body['configuration'], { location: at('issuer.p12') });
    assert.deepEqual(filed.body['secretsSet'], ['passphrase']);
    const kept = await api.sql.run(
      'select sealed, location from opencapf_private.private_key where location is not null',
    );
    assert.deepEqual(kept, [{ sealed: null, location: at('issuer.p12') }]);
    const twice = await create('Twice', { configuration: { location: at('plain.pem') }, lscTrust: certificate });
    assert.deepEqual([twice.status, twice.body['code']], [409, 'key-kept-elsewhere']);
    const signed = await create('Signed', { configuration: { location: at('other.pem'), commonName: 'LSCs' } });
    assert.deepEqual([signed.status, signed.body['subject']], [201, 'CN=LSCs'], JSON.stringify(signed.body));
    const { body: tried } = await api.call('POST', '/v1/authorities/Signed/test');
    assert.deepEqual(tried['works'], true, JSON.stringify(tried));
  });

  it("asks a site's CA with the key where it lies", async () => {
    const asked = await api.call('POST', '/v1/authorities/PKCS12/certification-request');
    assert.equal(asked.status, 200, JSON.stringify(asked.body));
    const told = execFileSync('openssl', ['req', '-verify', '-noout', '-subject'], {
      input: asked.bytes,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    assert.match(told.toString(), /CN ?= ?Filed/);
  });

  it('is told where its key lies from now on, and by what it is opened, as far as that opens it', async () => {
    const wrong = await patch('PKCS12', { configuration: { location: at('other.pem') } });
    assert.deepEqual([wrong.status, wrong.body['code']], [422, 'authority-key-unusable']);
    assert.match(String(wrong.body['detail']), /another key/);
    assert.equal((await patch('PKCS12', { secrets: { passphrase: 'wrong' } })).status, 422);
    assert.equal((await patch('PKCS12', { configuration: { location: null } })).status, 400);
    const moved = await patch('PKCS12', {
      configuration: { location: at('plain.pem') },
      secrets: { passphrase: null },
    });
    assert.equal(moved.status, 200, JSON.stringify(moved.body));
    assert.deepEqual(moved.body['configuration'], { location: at('plain.pem') });
    assert.deepEqual(moved.body['secretsSet'], []);
    const { body: tried } = await api.call('POST', '/v1/authorities/PKCS12/test');
    assert.equal(tried['works'], true, JSON.stringify(tried));
    const audit = JSON.stringify(await api.sql.run('select detail from opencapf_private.audit_entry'));
    assert.ok(!audit.includes(passphrase));
  });

  it('says how long its LSCs live, wherever its key is', async () => {
    const made = await create('Short', { configuration: { key: 'EC 256', validityDays: 30, ecKeyUsage: 'cisco' } });
    assert.deepEqual(made.body['configuration'], { validityDays: 30, ecKeyUsage: 'cisco' }, JSON.stringify(made.body));
    const changed = await patch('Short', { configuration: { validityDays: 60, ecKeyUsage: null } });
    assert.deepEqual(changed.body['configuration'], { validityDays: 60 }, JSON.stringify(changed.body));
    const trust = await patch('Short', { lscTrust: certificate });
    assert.deepEqual([trust.status, trust.body['code']], [409, 'authority-is-local']);
    const sealed = await patch('Short', { configuration: { location: at('plain.pem') } });
    assert.deepEqual([sealed.status, sealed.body['code']], [400, 'authority-setting-invalid']);
  });
});
