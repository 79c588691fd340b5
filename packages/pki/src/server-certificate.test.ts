import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { connect, createServer } from 'node:tls';
import { readCertificate } from './certificate-reader.js';
import { verifySignedBy } from './certificate-verification.js';
import { exportPkcs8Pem, generateKeyPair } from './keys.js';
import { toPem } from './pem.js';
import { createServerCertificate } from './server-certificate.js';
import { rsaIssuer } from './testing/issuers.js';
import { lineAfter, openssl, opensslText } from './testing/openssl.js';

const now = new Date();
const issuer = await rsaIssuer(now);
const key = await generateKeyPair({ kind: 'ec', size: 256 });
const request = {
  commonName: 'opencapf admin',
  dnsNames: ['localhost', 'capf.example.org'],
  ipAddresses: ['127.0.0.1', '::1'],
  spki: key.spki,
  validityDays: 397,
  now,
};

describe('server certificate', () => {
  it('has exactly the fields of a TLS server', async () => {
    const der = await createServerCertificate(issuer, request);
    const record = readCertificate(der);
    const lines = await opensslText(der);
    assert.equal(record.subject, 'CN=opencapf admin');
    assert.equal(record.issuer, issuer.certificate.subject);
    assert.equal(record.isCa, false);
    assert.deepEqual(record.keyUsage, ['digitalSignature']);
    assert.deepEqual(record.extendedKeyUsage, ['1.3.6.1.5.5.7.3.1']);
    assert.equal(record.authorityKeyId, issuer.certificate.subjectKeyId);
    assert.equal(record.notAfter.getTime(), Math.floor(now.getTime() / 1000) * 1000 + 397 * 86_400_000);
    assert.equal(
      lineAfter(lines, 'X509v3 Subject Alternative Name:'),
      'DNS:localhost, DNS:capf.example.org, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    assert.ok(verifySignedBy(record, issuer.certificate));
    const certificates = { ca: issuer.certificate.der, it: der };
    const args = ['-purpose', 'sslserver', '-verify_hostname', 'capf.example.org', '-CAfile', '{ca}', '{it}'];
    assert.match(await openssl(certificates, 'verify', '-x509_strict', ...args), /: OK\n$/);
  });

  it('serves a TLS client that trusts the CAPF certificate', async () => {
    const cert = toPem('CERTIFICATE', await createServerCertificate(issuer, request));
    const server = createServer({ cert, key: exportPkcs8Pem(key.privateKey) }, (socket) => socket.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect({ port, host: '127.0.0.1', ca: toPem('CERTIFICATE', issuer.certificate.der) });
    await once(client, 'secureConnect');
    assert.ok(client.authorized);
    client.destroy();
    server.close();
    await once(server, 'close');
  });

  it('allows key encipherment for an RSA key', async () => {
    const { spki } = await generateKeyPair({ kind: 'rsa', size: 1024 });
    const record = readCertificate(await createServerCertificate(issuer, { ...request, spki }));
    assert.deepEqual(record.keyUsage, ['digitalSignature', 'keyEncipherment']);
  });

  it('does not outlive its issuer', async () => {
    const record = readCertificate(await createServerCertificate(issuer, { ...request, validityDays: 100_000 }));
    assert.deepEqual(record.notAfter, issuer.certificate.notAfter);
  });

  it('is refused without names or with malformed ones', async () => {
    const malformed = { name: 'PkiError', code: 'server-name-malformed' };
    await assert.rejects(createServerCertificate(issuer, { ...request, dnsNames: [], ipAddresses: [] }), malformed);
    for (const name of ['', 'a b', 'a..b', '-a', 'a.', 'ü.de', 'a'.repeat(64), `${'a.'.repeat(127)}a`, 'x\0y', '*']) {
      await assert.rejects(createServerCertificate(issuer, { ...request, dnsNames: [name] }), malformed, name);
    }
    for (const address of ['', '1.2.3', '300.1.1.1', 'fe80::1%eth0', '::g']) {
      await assert.rejects(createServerCertificate(issuer, { ...request, ipAddresses: [address] }), malformed, address);
    }
  });
});
