import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { capfKeyType, createCapfCertificate, createSigner, fromPem, generateKeyPair } from '@opencapf/pki';
import { listTrustCertificates, resolveSettings, SecretKey } from '@opencapf/store';
import { type TestDatabase, testDatabase } from '@opencapf/store/testing';
import { pino } from 'pino';
import { loadIdentity } from './identity.js';
import { loadTrustFiles } from './trust-files.js';

/** CN=Manufacturing Root; made, as is the one below, with `openssl req -x509`, for no key that anybody has. */
const root = `-----BEGIN CERTIFICATE-----
MIIBwTCCAWegAwIBAgIUfENnEeR0Epp8O1FFQmt3jLJvSC8wCgYIKoZIzj0EAwIw
LTEOMAwGA1UECgwFTWFrZXIxGzAZBgNVBAMMEk1hbnVmYWN0dXJpbmcgUm9vdDAg
Fw0yNjExMjAyMDMwMTZaGA8yMDU0MDQwNzIwMzAxNlowLTEOMAwGA1UECgwFTWFr
ZXIxGzAZBgNVBAMMEk1hbnVmYWN0dXJpbmcgUm9vdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABMeXhESMAAKzYwo1lU4ZFEGGksL15GIyMa+7IOA3EWsklRvRtq1+
M29JGhR0qkmWBI3FQU4rHLmC+gpHqWXRiE+jYzBhMB0GA1UdDgQWBBT6Vnbabqpl
zWQ5v2mRfMcvCzESwDAfBgNVHSMEGDAWgBT6VnbabqplzWQ5v2mRfMcvCzESwDAP
BgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAKBggqhkjOPQQDAgNIADBF
AiBuinCjttbA2qnB1jVF6JQikLOfHtqs1ihdBr6u7qQ85gIhAKN2KiGXbdraKSch
LnWJgx9FTBdQVO+ZEWXKIGTJUXb7
-----END CERTIFICATE-----
`;

/** The one above and another one of the same name with another key, PKCS#7, DER; made with `openssl crl2pkcs7`. */
const chain = Buffer.from(
  'MIIDtQYJKoZIhvcNAQcCoIIDpjCCA6ICAQExADALBgkqhkiG9w0BBwGgggOKMIIBwTCCAWegAwIBAgIUfENnEeR0Epp8O1FFQmt3jLJvSC8wCgYIKoZIzj0EAwIwLTEOMAwGA1UECgwFTWFrZXIxGzAZBgNVBAMMEk1hbnVmYWN0dXJpbmcgUm9vdDAgFw0yNjExMjAyMDMwMTZaGA8yMDU0MDQwNzIwMzAxNlowLTEOMAwGA1UECgwFTWFrZXIxGzAZBgNVBAMMEk1hbnVmYWN0dXJpbmcgUm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMeXhESMAAKzYwo1lU4ZFEGGksL15GIyMa+7IOA3EWsklRvRtq1+M29JGhR0qkmWBI3FQU4rHLmC+gpHqWXRiE+jYzBhMB0GA1UdDgQWBBT6VnbabqplzWQ5v2mRfMcvCzESwDAfBgNVHSMEGDAWgBT6VnbabqplzWQ5v2mRfMcvCzESwDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAKBggqhkjOPQQDAgNIADBFAiBuinCjttbA2qnB1jVF6JQikLOfHtqs1ihdBr6u7qQ85gIhAKN2KiGXbdraKSchLnWJgx9FTBdQVO+ZEWXKIGTJUXb7MIIBwTCCAWegAwIBAgIURyY/2WUoqytAoQLiGSAZFicnAocwCgYIKoZIzj0EAwIwLTEOMAwGA1UECgwFTWFrZXIxGzAZBgNVBAMMEk1hbnVmYWN0dXJpbmcgUm9vdDAgFw0yNjExMjAyMDMwMTZaGA8yMDU0MDQwNzIwMzAxNlowLTEOMAwGA1UECgwFTWFrZXIxGzAZBgNVBAMMEk1hbnVmYWN0dXJpbmcgUm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPFTcPLiwtYST3Dusu21/dZIVGxOI+etBo7SA+YfMYdCjgqTxA+03HmpkLACzfzml/GcChUiUwrjIe16IlhF3hqjYzBhMB0GA1UdDgQWBBQRIQjE5jT28qVplY89kZrelovnRjAfBgNVHSMEGDAWgBQRIQjE5jT28qVplY89kZrelovnRjAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAKBggqhkjOPQQDAgNIADBFAiADkf80+YdFWGwjQsqbp6lGTGaHrRJSdRTXoUt0KxelZQIhAPZMGsA79YgVH7/+A+5+g/s6Aup5q+sWgQkwNpBIppF8MQA=',
  'base64',
);

describe('the files of the CAPF trust store', () => {
  let test: TestDatabase;
  let directory: string;
  let logged: string;
  beforeEach(async () => {
    test = await testDatabase();
    directory = await mkdtemp(join(tmpdir(), 'opencapf-trust-'));
    logged = '';
  });
  afterEach(async () => {
    await test[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  const log = pino({ level: 'warn' }, { write: (line: string) => (logged += line) });
  const load = async (from = directory): Promise<void> => await loadTrustFiles(from, test.database, log);
  const put = async (name: string, content: string | Uint8Array): Promise<void> =>
    await writeFile(join(directory, name), content);
  const held = async (): Promise<readonly string[]> => {
    const { rows } = await listTrustCertificates(test.database, undefined, 100, undefined);
    return rows.map(({ fileName, purpose, source }) => `${fileName} ${purpose} ${source}`).sort();
  };

  it('are read in each form, and nothing else there is', async () => {
    const signer = createSigner(await generateKeyPair(capfKeyType));
    await put('cluster-2.crt', await createCapfCertificate(signer));
    await put('chain.p7b', chain);
    await put('root.der', Buffer.from(fromPem('CERTIFICATE', root)[0] ?? []));
    await put('ROOT.PEM', root);
    await put('README.md', root);
    await put('.hidden.pem', root);
    await load();
    assert.deepEqual(await held(), ['ROOT.PEM mic file', 'chain.p7b mic file', 'cluster-2.crt foreignCapf file']);
    assert.equal(logged, '');
  });

  it('go from the store with the file, and with the directory', async () => {
    await put('root.pem', root);
    await load();
    await rm(join(directory, 'root.pem'));
    await load();
    assert.deepEqual(await held(), []);
    assert.match(logged, /Manufacturing Root/);
    await put('root.pem', root);
    await load();
    await load(join(directory, 'none'));
    assert.deepEqual(await held(), []);
  });

  it('that cannot be taken are warned of, keep nothing else from being read, and keep what they held', async () => {
    await put('b.pem', root);
    await load();
    await put('a.p7b', chain);
    await put('b.pem', 'rubbish');
    await put('c.der', Buffer.alloc(1_048_577, 0x30));
    await mkdir(join(directory, 'd.pem'));
    await load();
    assert.deepEqual(await held(), ['a.p7b mic file', 'a.p7b mic file']);
    for (const file of ['b.pem', 'c.der', 'd.pem']) assert.match(logged, new RegExp(`"file":"${file}"`));
    await rm(join(directory, 'a.p7b'));
    await put('b.pem', root);
    await load();
    await put('b.pem', 'rubbish');
    await load();
    assert.deepEqual(await held(), ['b.pem mic file']);
  });

  it('do not make our own issuer that of somebody else', async () => {
    const { tls } = await loadIdentity(test.database, new SecretKey(randomBytes(32)), resolveSettings());
    await put('capf.pem', tls.cert);
    await load();
    assert.deepEqual(await held(), []);
    assert.match(logged, /trust-issuer-of-ours/);
  });

  it('leave the store alone when their directory cannot be read', async () => {
    await put('root.pem', root);
    await load();
    await put('file', '');
    await load(join(directory, 'file'));
    assert.deepEqual(await held(), ['root.pem mic file']);
    assert.match(logged, /ENOTDIR/);
  });
});
