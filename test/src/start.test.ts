import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { get } from './support/https.js';
import { root, ServiceProcess, temporaryDirectory } from './support/service-process.js';

/** Debian's nobody. Root alone can run a service as somebody else, and that one must be able to read this clone. */
const unprivileged = 65534;
const asAnotherUser = { skip: process.getuid?.() !== 0 || !readableByAll(root) };

describe('a start', () => {
  it('says what it made and shows the token once', async () => {
    using place = temporaryDirectory();
    const dataDir = join(place.path, 'data');
    {
      await using first = new ServiceProcess({ dataDir });
      const { admin, ca } = await first.ready();
      assert.match(first.out, /made +CAPF certificate CN=CAPF-[0-9a-f]{8}/);
      assert.match(first.out, /token +\S{16,}/);
      assert.match(first.out, /curl --cacert /);
      assert.deepEqual(await get(`${admin}/readyz`, ca), { status: 200, body: '{"status":"ready"}' });
      assert.equal((await get(`${admin}/healthz`, ca)).status, 200);
      assert.equal(statSync(join(dataDir, 'secret.key')).mode & 0o777, 0o600);
      assert.match(new X509Certificate(ca).subject, /^CN=CAPF-/);
    }
    await using second = new ServiceProcess({ dataDir });
    const again = await second.ready();
    assert.doesNotMatch(second.out, /token|made/);
    assert.equal(again.ca, readFileSync(join(dataDir, 'capf.pem'), 'utf8'));
  });

  it('shows no token when one was given, in no output', async () => {
    using place = temporaryDirectory();
    const token = 'given-token-0123456789';
    await using service = new ServiceProcess({
      dataDir: join(place.path, 'data'),
      settings: { OPENCAPF_ADMIN_TOKEN: token, OPENCAPF_LOG_LEVEL: 'trace' },
    });
    await service.ready();
    await service.kill('SIGTERM');
    assert.doesNotMatch(service.out, /token/);
    assert.ok(!(service.out + service.err).includes(token));
  });

  it('puts the names of the settings into the CAPF certificate', async () => {
    using place = temporaryDirectory();
    await using service = new ServiceProcess({
      dataDir: join(place.path, 'data'),
      settings: { OPENCAPF_SUBJECT_O: 'Ålesund Kommune', OPENCAPF_SUBJECT_C: 'NO' },
    });
    const { ca } = await service.ready();
    const { subject } = new X509Certificate(ca);
    assert.match(subject, /^O=Ålesund Kommune$/m);
    assert.match(subject, /^C=NO$/m);
  });

  it('takes settings from the file of OPENCAPF_CONFIG, and the environment wins', async () => {
    using place = temporaryDirectory();
    const file = join(place.path, 'opencapf.json');
    writeFileSync(file, JSON.stringify({ OPENCAPF_ADMIN_TLS: 'off', OPENCAPF_CAPF_PORT: 1 }));
    await using service = new ServiceProcess({
      dataDir: join(place.path, 'data'),
      settings: { OPENCAPF_CONFIG: file },
    });
    const { admin, capfPort } = await service.ready();
    assert.match(admin, /^http:/);
    assert.notEqual(capfPort, 1);
    assert.equal((await get(`${admin}/readyz`)).status, 200);
  });

  it('works beside another instance', async () => {
    using place = temporaryDirectory();
    await using one = new ServiceProcess({ dataDir: join(place.path, 'one') });
    await using other = new ServiceProcess({ dataDir: join(place.path, 'other') });
    const [first, second] = await Promise.all([one.ready(), other.ready()]);
    assert.notEqual(first.ca, second.ca);
  });

  it('works as an ordinary user below a directory of mode 0700', asAnotherUser, async () => {
    using place = temporaryDirectory();
    const home = join(place.path, 'home');
    mkdirSync(home);
    chownSync(home, unprivileged, unprivileged);
    chmodSync(home, 0o700);
    chmodSync(place.path, 0o755);
    await using service = new ServiceProcess({ dataDir: join(home, 'data'), uid: unprivileged });
    await service.ready();
  });

  it("serves phones' files by HTTP, and says so, where it may not have the TFTP port", asAnotherUser, async () => {
    using place = temporaryDirectory();
    chownSync(place.path, unprivileged, unprivileged);
    const dataDir = join(place.path, 'data');
    await using service = new ServiceProcess({
      dataDir,
      uid: unprivileged,
      settings: { OPENCAPF_TFTP: 'on', OPENCAPF_TFTP_HTTP_PORT: '0' },
    });
    const { tftpPort, filesPort, admin, ca } = await service.ready();
    assert.equal(tftpPort, 0);
    assert.equal((await fetch(`http://127.0.0.1:${filesPort}/ITLFile.tlv`)).status, 200);
    assert.match(service.err, /OPENCAPF_TFTP_PORT: this user may not have UDP port 69 .*CAP_NET_BIND_SERVICE/);
    const { status, body } = await get(`${admin}/readyz`, ca);
    assert.equal(status, 200);
    assert.match(body, /"code":"tftp-port-closed"/);
    for (const file of ['tftp.pem', 'sast.pem']) {
      assert.match(new X509Certificate(readFileSync(join(dataDir, file))).subject, /^CN=/);
    }
  });
});

describe('a start that cannot be', () => {
  const wrong: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['OPENCAPF_CAPF_PORT', { OPENCAPF_CAPF_PORT: '70000' }],
    ['OPENCAPF_ADMIN_PORT', { OPENCAPF_ADMIN_PORT: 'eight' }],
    ['OPENCAPF_CAPF_HOST', { OPENCAPF_CAPF_HOST: '192.0.2.1' }],
    ['OPENCAPF_ADMIN_HOST', { OPENCAPF_ADMIN_HOST: 'no host' }],
    ['OPENCAPF_TLS_MIN_VERSION', { OPENCAPF_TLS_MIN_VERSION: 'SSLv3' }],
    ['OPENCAPF_MIN_RSA_KEY_SIZE', { OPENCAPF_MIN_RSA_KEY_SIZE: '768' }],
    ['OPENCAPF_REQUIRE_SUDI', { OPENCAPF_REQUIRE_SUDI: 'yes' }],
    ['OPENCAPF_ADMIN_TLS', { OPENCAPF_ADMIN_TLS: 'maybe' }],
    ['OPENCAPF_ADMIN_TLS', { OPENCAPF_ADMIN_TLS: '/does/not/exist.pem,/nor/this.pem' }],
    ['OPENCAPF_ADMIN_TLS', { OPENCAPF_ADMIN_TLS: 'off', OPENCAPF_ADMIN_HOST: '0.0.0.0' }],
    ['OPENCAPF_ADMIN_TOKEN', { OPENCAPF_ADMIN_TOKEN: 'short' }],
    ['OPENCAPF_SECRET_KEY', { OPENCAPF_SECRET_KEY: 'not base64' }],
    ['OPENCAPF_LOG_LEVEL', { OPENCAPF_LOG_LEVEL: 'loud' }],
    ['OPENCAPF_WORKERS', { OPENCAPF_WORKERS: '0' }],
    ['OPENCAPF_CONFIG', { OPENCAPF_CONFIG: '/does/not/exist.json' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://somewhere/else' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://user:planted-password@127.0.0.1:1/none' }],
  ];
  for (const [name, settings] of wrong) {
    it(`ends with one line that names ${name}: ${JSON.stringify(settings)}`, async () => {
      using place = temporaryDirectory();
      await using service = new ServiceProcess({ dataDir: join(place.path, 'data'), settings });
      await assertRefused(service, name);
      assert.ok(!service.err.includes('planted-password'), 'a secret in a complaint');
    });
  }

  it('names the setting of a port in use', async () => {
    using place = temporaryDirectory();
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    assert.ok(typeof address === 'object' && address !== null);
    try {
      for (const name of ['OPENCAPF_CAPF_PORT', 'OPENCAPF_ADMIN_PORT']) {
        await using service = new ServiceProcess({
          dataDir: join(place.path, 'data'),
          settings: { [name]: String(address.port) },
        });
        await assertRefused(service, name);
      }
    } finally {
      holder.close();
    }
  });

  it('names OPENCAPF_DATA_DIR when that is a file', async () => {
    using place = temporaryDirectory();
    const dataDir = join(place.path, 'file');
    writeFileSync(dataDir, '');
    await using service = new ServiceProcess({ dataDir });
    await assertRefused(service, 'OPENCAPF_DATA_DIR');
  });

  it('names OPENCAPF_DATA_DIR when it can be made nowhere', { skip: process.platform !== 'linux' }, async () => {
    await using service = new ServiceProcess({ dataDir: '/proc/opencapf/data' });
    await assertRefused(service, 'OPENCAPF_DATA_DIR');
  });

  it('names OPENCAPF_DATA_DIR when that cannot be written', asAnotherUser, async () => {
    using place = temporaryDirectory();
    const dataDir = join(place.path, 'data');
    mkdirSync(dataDir);
    chmodSync(place.path, 0o755);
    await using service = new ServiceProcess({ dataDir, uid: unprivileged });
    await assertRefused(service, 'OPENCAPF_DATA_DIR');
  });

  it('names OPENCAPF_DATA_DIR when another service lives in it', async () => {
    using place = temporaryDirectory();
    const dataDir = join(place.path, 'data');
    await using live = new ServiceProcess({ dataDir });
    const { admin, ca } = await live.ready();
    await using second = new ServiceProcess({ dataDir });
    await assertRefused(second, 'OPENCAPF_DATA_DIR');
    assert.equal((await get(`${admin}/readyz`, ca)).status, 200);
  });

  it('names OPENCAPF_SECRET_KEY when the database was made with another', async () => {
    using place = temporaryDirectory();
    const dataDir = join(place.path, 'data');
    {
      await using first = new ServiceProcess({ dataDir });
      await first.ready();
    }
    const other = Buffer.alloc(32, 7).toString('base64');
    await using second = new ServiceProcess({ dataDir, settings: { OPENCAPF_SECRET_KEY: other } });
    await assertRefused(second, 'OPENCAPF_SECRET_KEY');
    assert.ok(!second.err.includes(other));
  });
});

async function assertRefused(service: ServiceProcess, name: string): Promise<void> {
  const { status } = await service.ended;
  assert.equal(status, 1, service.err);
  const complaints = service.err.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  assert.equal(complaints.length, 1, service.err);
  assert.match(complaints[0] ?? '', /^opencapf: /);
  assert.ok(complaints[0]?.includes(name), `${name} is not in: ${complaints[0]}`);
  assert.doesNotMatch(service.err, /\n\s+at /);
}

function readableByAll(path: string): boolean {
  const readable = (statSync(path).mode & 0o005) === 0o005;
  return readable && (path === '/' || readableByAll(dirname(path)));
}
