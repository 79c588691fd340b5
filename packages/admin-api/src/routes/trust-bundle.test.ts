import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { readTrustUpload } from '@opencapf/pki';
import { TestApi } from '../testing/api.js';
import { trustFixtures } from '../testing/trust-fixtures.js';

const pkcs7 = 'application/pkcs7-mime';

describe('the trust bundle', () => {
  it('holds staged, active and retired issuers with what is above them and CAPF certificates, each once', async () => {
    await using api = await TestApi.start();
    const add =
      'insert into opencapf_private.issuer (name, kind, state, certificate, chain) values ($1, $2, $3, $4, $5)';
    const root = new X509Certificate(trustFixtures.root).raw;
    const namesake = new X509Certificate(trustFixtures.namesake).raw;
    await api.sql.run(add, ['Next', 'est', 'staged', root, []]);
    await api.sql.run(add, ['Old\u0085', 'cmp', 'retired', namesake, [root]]);
    await api.sql.run(add, ['Not known yet', 'adcs', 'staged', null, []]);
    const { token: viewer } = (await api.call('POST', '/v1/tokens', { body: { name: 'v', role: 'viewer' } })).body;
    const token = String(viewer);
    const text = await api.call('GET', '/v1/trust-bundle', { token });
    assert.deepEqual([text.status, text.headers['content-type']], [200, 'application/x-pem-file']);
    const subjects = readTrustUpload(text.bytes).map(({ subject }) => subject);
    assert.equal(subjects.length, 3);
    const remarks = text.bytes
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('#'));
    assert.equal(remarks.length, 3);
    assert.match(remarks[0] ?? '', /^# authority local, active: .*CN=CAPF-.*; CAPF certificate \d+, active$/);
    assert.match(remarks[1] ?? '', /^# authority Next, staged: .*Manufacturing Root.*; above authority Old/);
    assert.match(remarks[2] ?? '', /^# authority Old\?, retired: /);
    const message = await api.call('GET', '/v1/trust-bundle', { token, headers: { accept: pkcs7 } });
    assert.equal(message.headers['content-type'], `${pkcs7}; smime-type=certs-only`);
    const hex = (bytes: Uint8Array): readonly string[] =>
      readTrustUpload(bytes)
        .map(({ der }) => Buffer.from(der).toString('hex'))
        .sort();
    assert.deepEqual(hex(message.bytes), hex(text.bytes));
  });
});
