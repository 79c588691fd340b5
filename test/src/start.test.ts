import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { get } from './support/https.js';
import { type ListeningAt, root, ServiceProcess, temporaryDirectory } from './support/service-process.js';

/** Debian's nobody. Root alone can run a service as somebody else, and that one must be able to read this clone. */
const unprivileged = 65534;
const asAnotherUser = { skip: process.getuid?.() !== 0 || !readableByAll(root) };

/** A service that is there, with what it said when it was ready. */
interface Ready {
  readonly service: ServiceProcess;
  readonly at: ListeningAt;
}

async function started(dataDir: string, settings: Readonly<Record<string, string>> = {}): Promise<Ready> {
  const service = new ServiceProcess({ dataDir, settings });
  return { service, at: await service.ready() };
}

describe('a service that is started', () => {
  const place = temporaryDirectory();
  const dataDir = join(place.path, 'plain');
  const token = 'given-token-0123456789';
  let plain: Ready;
  let configured: Ready;

  before(async () => {
    const file = join(place.path, 'opencapf.json');
    writeFileSync(file, JSON.stringify({ OPENCAPF_ADMIN_TLS: 'off', OPENCAPF_CAPF_PORT: 1 }));
    [plain, configured] = await Promise.all([
      started(dataDir),
      started(join(place.path, 'configured'), {
        OPENCAPF_CONFIG: file,
        OPENCAPF_ADMIN_TOKEN: token,
        OPENCAPF_LOG_LEVEL: 'trace',
        OPENCAPF_SUBJECT_O: 'Ålesund Kommune',
        OPENCAPF_SUBJECT_C: 'NO',
      }),
    ]);
  });
  after(async () => {
    for (const each of [plain, configured]) await each?.service[Symbol.asyncDispose]();
    place[Symbol.dispose]();
  });

  it('says what it made and shows the token once', async () => {
    const { out } = plain.service;
    const { admin, ca } = plain.at;
    assert.match(out, /made +CAPF certificate CN=CAPF-[0-9a-f]{8}/);
    assert.match(out, /token +\S{16,}/);
    assert.match(out, /curl --cacert /);
    assert.deepEqual(await get(`${admin}/readyz`, ca), { status: 200, body: '{"status":"ready"}' });
    assert.equal((await get(`${admin}/healthz`, ca)).status, 200);
    assert.equal(statSync(join(dataDir, 'secret.key')).mode & 0o777, 0o600);
    assert.match(new X509Certificate(ca).subject, /^CN=CAPF-/);
  });

  it('works beside another instance', () => {
    assert.notEqual(plain.at.ca, configured.at.ca);
  });

  it('puts the names of the settings into the CAPF certificate', () => {
    const { subject } = new X509Certificate(configured.at.ca);
    assert.match(subject, /^O=Ålesund Kommune$/m);
    assert.match(subject, /^C=NO$/m);
  });

  it('takes settings from the file of OPENCAPF_CONFIG, and the environment wins', async () => {
    const { admin, capfPort } = configured.at;
    assert.match(admin, /^http:/);
    assert.notEqual(capfPort, 1);
    assert.equal((await get(`${admin}/readyz`)).status, 200);
  });

  it('shows no token when one was given, in no output', async () => {
    const { service } = configured;
    await service.kill('SIGTERM');
    assert.doesNotMatch(service.out, /token/);
    assert.ok(!(service.out + service.err).includes(token));
  });

  it('lets no other have its OPENCAPF_DATA_DIR, and goes on', async () => {
    await using second = new ServiceProcess({ dataDir });
    await assertRefused(second, 'OPENCAPF_DATA_DIR');
    assert.equal((await get(`${plain.at.admin}/readyz`, plain.at.ca)).status, 200);
  });

  it('is the same when it is started again, and tells nothing anew', async () => {
    await plain.service.kill('SIGTERM');
    const before = plain.at.ca;
    plain = await started(dataDir);
    assert.doesNotMatch(plain.service.out, /token|made/);
    assert.deepEqual([plain.at.ca, readFileSync(join(dataDir, 'capf.pem'), 'utf8')], [before, before]);
  });
});

describe('a start as an ordinary user', asAnotherUser, () => {
  it('works as an ordinary user below a directory of mode 0700', async () => {
    using place = temporaryDirectory();
    const home = join(place.path, 'home');
    mkdirSync(home);
    chownSync(home, unprivileged, unprivileged);
    chmodSync(home, 0o700);
    chmodSync(place.path, 0o755);
    await using service = new ServiceProcess({ dataDir: join(home, 'data'), uid: unprivileged });
    await service.ready();
  });

  it("serves phones' files by HTTP, and says so, where it may not have the TFTP port", async () => {
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
  // More of what may be wrong is tested beside it: service.test.ts and start/configuration.test.ts of the server.
  const wrong: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['OPENCAPF_CAPF_PORT', { OPENCAPF_CAPF_PORT: '70000' }],
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

  it('names OPENCAPF_DATA_DIR when that cannot be written', asAnotherUser, async () => {
    using place = temporaryDirectory();
    const dataDir = join(place.path, 'data');
    mkdirSync(dataDir);
    chmodSync(place.path, 0o755);
    await using service = new ServiceProcess({ dataDir, uid: unprivileged });
    await assertRefused(service, 'OPENCAPF_DATA_DIR');
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
