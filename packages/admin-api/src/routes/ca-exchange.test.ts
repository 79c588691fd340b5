import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createIssuerCertificate, createSigner, exportPkcs8Pem, generateKeyPair, toPem } from '@opencapf/pki';
import { type Body, foreignIssuer, TestApi } from '../testing/api.js';

const headers = { 'content-type': 'application/x-pem-file' };

/** A CA of a site, which is the openssl program; what it signs begins at the time of the tests' clock. */
class SiteCa implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), 'opencapf-site-ca-'));

  private constructor(readonly root: string) {}

  static async make(): Promise<SiteCa> {
    const key = await generateKeyPair({ kind: 'ec', size: 256 });
    const der = await createIssuerCertificate(createSigner(key), { commonName: 'Site root' }, TestApi.now);
    const ca = new SiteCa(toPem('CERTIFICATE', der));
    ca.#write('root.pem', ca.root);
    ca.#write('root.key', exportPkcs8Pem(key.privateKey));
    ca.#write('index.txt', '');
    ca.#write(
      'ca.cnf',
      `[ca]\ndefault_ca=site\n[site]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=any
unique_subject=no\ncopy_extensions=copyall\n[any]\ncommonName=supplied\n`,
    );
    return ca;
  }

  /** PEM, without the root. */
  sign(request: string): string {
    this.#write('request.pem', request);
    const dates = ['-startdate', '20261120180000Z', '-enddate', '20270101000000Z'];
    const files = ['-config', 'ca.cnf', '-cert', 'root.pem', '-keyfile', 'root.key', '-in', 'request.pem'];
    return execFileSync('openssl', ['ca', '-batch', '-notext', ...dates, ...files], {
      cwd: this.#directory,
      stdio: 'pipe',
    }).toString();
  }

  #write(name: string, text: string): void {
    writeFileSync(join(this.#directory, name), text);
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true });
  }
}

describe('a key that a CA of the site is to sign', () => {
  for (const { what, make, at } of [
    { what: 'of a local authority', make: { name: 'Next', kind: 'local' }, at: '/v1/authorities' },
    { what: 'of the CAPF certificate', make: {}, at: '/v1/capf-certificates' },
  ]) {
    it(`${what} goes out as a PKCS#10 and comes back with its chain, or nothing changes`, async () => {
      await using api = await TestApi.start();
      using ca = await SiteCa.make();
      const made = await api.call('POST', at, { body: make });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      const id = made.body['id'] ?? (made.body['capfCertificate'] as Body)['id'];
      const path = `${at}/${String(id)}`;
      const request = await api.call('POST', `${path}/certification-request`);
      assert.match(request.bytes.toString(), /^-----BEGIN CERTIFICATE REQUEST-----/, JSON.stringify(request.body));
      const signed = ca.sign(request.bytes.toString());
      const put = async (payload: string) => await api.call('PUT', `${path}/certificate`, { payload, headers });
      const before = (await api.call('GET', path)).body['sha256'];
      const foreign = toPem('CERTIFICATE', (await foreignIssuer()).certificate.der);
      for (const [payload, status, code] of [
        ['rubbish', 400, 'trust-upload-unreadable'],
        [ca.root, 422, 'issuer-key-mismatch'],
        [foreign, 422, 'issuer-key-mismatch'],
        [signed, 422, 'issuer-chain-broken'],
      ] as const) {
        const refused = await put(payload);
        assert.deepEqual([refused.status, refused.body['code']], [status, code], JSON.stringify(refused.body));
      }
      assert.equal((await api.call('GET', path)).body['sha256'], before);
      const taken = await put(ca.root + signed);
      assert.equal(taken.status, 200, JSON.stringify(taken.body));
      const now = (await api.call('GET', path)).body;
      assert.notEqual(now['sha256'], before);
      assert.deepEqual(now['chain'], ['CN=Site root']);
      const codes = (taken.body['warnings'] as Body[]).map(({ code }) => code);
      assert.ok(codes.includes('chain-path-too-short'), `the root allows none below: ${codes.join(' ')}`);
      assert.equal(codes.includes('chain-shorter-than-lscs'), at === '/v1/authorities', codes.join(' '));
      const audit = (await api.sql.run("select action from opencapf_private.audit_entry where outcome = 'done'"))
        .map(({ action }) => String(action))
        .filter((action) => action.endsWith('.certification-request') || action.endsWith('.certificate'));
      assert.equal(audit.length, 2, audit.join(' '));
    });
  }

  it('is neither asked for nor replaced when it is in use, or not here', async () => {
    await using api = await TestApi.start();
    await api.call('POST', '/v1/authorities', { body: { name: 'By hand', kind: 'offline' } });
    for (const [path, code] of [
      ['/v1/authorities/local', 'authority-not-staged'],
      ['/v1/authorities/By%20hand', 'authority-not-local'],
      ['/v1/capf-certificates/1', 'capf-certificate-not-staged'],
    ] as const) {
      const asked = await api.call('POST', `${path}/certification-request`);
      assert.deepEqual([asked.status, asked.body['code']], [409, code]);
      const put = await api.call('PUT', `${path}/certificate`, { payload: 'x', headers });
      assert.deepEqual([put.status, put.body['code']], [409, code]);
    }
  });

  it('is RSA for port 3804', async () => {
    await using api = await TestApi.start();
    const keyFileOf = async (kind: 'rsa' | 'ec', size: 2048 | 256) => {
      const { privateKey } = await generateKeyPair(kind === 'ec' ? { kind, size: 256 } : { kind, size });
      return Buffer.from(exportPkcs8Pem(privateKey)).toString('base64');
    };
    const create = async (body: Body) => await api.call('POST', '/v1/capf-certificates', { body });
    const refused = await create({ keyFile: await keyFileOf('ec', 256) });
    assert.deepEqual([refused.status, refused.body['code']], [422, 'capf-key-not-rsa']);
    assert.equal((await create({ keySize: 1024 })).status, 400);
    const taken = await create({ keyFile: await keyFileOf('rsa', 2048) });
    assert.equal(taken.status, 201, JSON.stringify(taken.body));
    assert.match(String((taken.body['capfCertificate'] as Body)['subject']), /^CN=CAPF-/);
  });
});
