import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { createPhoneTls, enroll, readCapfTrust } from '@opencapf/phone';
import { createIssuerCertificate, createSigner, exportPkcs8Pem, generateKeyPair, toPem } from '@opencapf/pki';
import { openServiceClient, type ServiceClient } from 'opencapf/service-client';
import { Administrator, administratorSettings } from '../support/administrator.js';
import { Enrolments, makeKey } from '../support/enrolments.js';
import { eventually } from '../support/eventually.js';
import { temporaryDirectory } from '../support/service-process.js';
import { SoftToken, softTokenAbsent } from './soft-token.js';

/** The subject and issuer of each certificate that a client which trusts only this root is shown on port 3804. */
async function shownChain({ at }: Enrolments, root: string): Promise<readonly string[]> {
  // A phone compares no name of the server: it trusts the certificate itself.
  const trust = { ca: root, checkServerIdentity: () => undefined };
  const socket = connect({ host: '127.0.0.1', port: at.capfPort, ...trust });
  try {
    await once(socket, 'secureConnect');
    const names: string[] = [];
    let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
    while (certificate !== undefined && !names.includes(String(certificate.subject.CN))) {
      names.push(String(certificate.subject.CN));
      certificate = certificate.issuerCertificate;
    }
    return names;
  } finally {
    socket.destroy();
  }
}

describe('keys as a site wants them, over REST', () => {
  let token: SoftToken | undefined;
  let enrolments: Enrolments;
  let administrator: Administrator;
  let client: ServiceClient;
  const directory = temporaryDirectory();

  before(async () => {
    // Before the service starts, which is told by the environment where the token is.
    token = softTokenAbsent === false ? await SoftToken.create() : undefined;
    token?.makeKey('ec', 'issuer');
    enrolments = await Enrolments.start(administratorSettings);
    administrator = new Administrator(enrolments.at);
    const { admin: server, ca: authority } = enrolments.at;
    client = openServiceClient({ server, authority, token: administratorSettings.OPENCAPF_ADMIN_TOKEN });
  });
  after(async () => {
    await client?.close();
    await administrator?.[Symbol.asyncDispose]();
    await enrolments?.[Symbol.asyncDispose]();
    await token?.[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });

  it('a phone gets an LSC that a key in an HSM signed', { skip: softTokenAbsent }, async () => {
    assert.ok(token !== undefined);
    const location = { kind: 'pkcs11', module: token.module, tokenLabel: token.label, keyLabel: 'issuer' };
    const create = { name: 'HSM', kind: 'local', configuration: { location, commonName: 'HSM issuer' } };
    const refused = await administrator.call('POST', '/v1/authorities', { ...create, secrets: { pin: '000000' } }, 422);
    assert.match(String(refused['detail']), /does not take the PIN\. Give the right one/);
    const made = await administrator.call('POST', '/v1/authorities', { ...create, secrets: { pin: token.pin } }, 201);
    assert.deepEqual([made['subject'], made['secretsSet']], ['CN=HSM issuer', ['pin']]);
    const tried = await administrator.call('POST', '/v1/authorities/HSM/test');
    assert.equal(tried['works'], true, JSON.stringify(tried));
    const request = await client.request('POST', '/v1/authorities/HSM/certification-request');
    assert.match(String(request.body), /^-----BEGIN CERTIFICATE REQUEST-----/);
    await administrator.call('POST', '/v1/authorities/HSM/activate', { confirmed: true, makeDefault: true });
    await enrolments.queueInstall('SEP000000000001');
    const bundle = await administrator.trustBundle();
    const { identity, outcome } = await enroll(
      {
        host: '127.0.0.1',
        port: enrolments.at.capfPort,
        name: 'SEP000000000001',
        identity: {},
        tls: createPhoneTls({ trust: readCapfTrust(Buffer.from(bundle)) }),
      },
      { makeKey },
    );
    assert.equal(outcome.kind, 'installed', JSON.stringify(outcome));
    const issuer = bundle
      .match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
      ?.map((pem) => new X509Certificate(pem))
      .find(({ subject }) => subject === 'CN=HSM issuer');
    assert.ok(issuer !== undefined && identity.lsc !== undefined, `${bundle} ${Object.keys(identity).join()}`);
    const lsc = new X509Certificate(identity.lsc.certificate);
    assert.ok(lsc.verify(issuer.publicKey), lsc.issuer);
  });

  it("phones are shown the chain that a site's CA gave for port 3804", async () => {
    const write = (file: string, text: string): string => {
      writeFileSync(join(directory.path, file), text);
      return file;
    };
    const rootKey = await generateKeyPair({ kind: 'rsa', size: 2048 });
    const root = toPem(
      'CERTIFICATE',
      await createIssuerCertificate(createSigner(rootKey), { commonName: 'Site root' }),
    );
    const { capfCertificate } = await administrator.call<{ capfCertificate: { id: number } }>(
      'POST',
      '/v1/capf-certificates',
      {},
      201,
    );
    const path = `/v1/capf-certificates/${capfCertificate.id}`;
    const request = await client.request('POST', `${path}/certification-request`);
    const files = ['-CA', write('root.pem', root), '-CAkey', write('root.key', exportPkcs8Pem(rootKey.privateKey))];
    const signed = execFileSync(
      'openssl',
      [
        'x509',
        '-req',
        '-in',
        write('capf.csr', String(request.body)),
        ...files,
        '-days',
        '30',
        '-copy_extensions',
        'copyall',
      ],
      { cwd: directory.path, stdio: 'pipe' },
    ).toString();
    const chain = { type: 'application/x-pem-file', content: root + signed };
    assert.equal((await client.request('PUT', `${path}/certificate`, chain)).status, 200);
    await administrator.call('POST', `${path}/activate`, { confirmed: true });
    const shown = await eventually(
      () => shownChain(enrolments, root).catch((fault: Error) => [fault.message]),
      (names) => names.length === 2,
    );
    assert.match(String(shown[0]), /^CAPF-/);
    assert.equal(shown[1], 'Site root');
    // The listeners and the file follow the record each by its own look.
    await eventually(
      async () => readFileSync(join(enrolments.dataDir(), 'capf.pem'), 'utf8'),
      (pem) => /^(-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\s*){2}$/.test(pem),
    );
    // It lives 30 days, and LSCs a year.
    const short = 'capf-certificate-shorter-than-lscs';
    const { body } = await eventually(
      () => client.get('/readyz'),
      ({ status, body }) => status === 200 && JSON.stringify(body).includes(short),
    );
    assert.equal((body as { status: string }).status, 'ready');
    await enrolments.service.kill('SIGTERM');
    await enrolments.startService();
    await eventually(
      async () => enrolments.service.err,
      (log) => log.includes(short),
    );
  });
});
