import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { capfIdentity, type FakePeer, issueLsc, startFakeCapf } from '@opencapf/phone/testing';
import { exportPkcs8Pem, generateKeyPair, toPem } from '@opencapf/pki';
import {
  authRequest,
  Curve,
  deleteCertificateRequest,
  endSession,
  fetchCertificateRequest,
  keyGenerateRequest,
  storeCertificateRequest,
} from '@opencapf/protocol';

const program = fileURLToPath(new URL('../../bin/opencapf.js', import.meta.url));
const capf = await capfIdentity();
const name = 'SEP001122334455';
const sessionId = 9;

interface Run {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

async function opencapf(args: readonly string[], input = '', environment: NodeJS.ProcessEnv = {}): Promise<Run> {
  const { OPENCAPF_PHONE_AUTH_STRING: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [program, 'phone', 'enroll', ...args], {
    env: { ...inherited, ...environment },
  });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, out, err };
}

async function workplace(t: TestContext): Promise<{ readonly phones: string; readonly capfFile: string }> {
  const path = await mkdtemp(join(tmpdir(), 'opencapf-cli-'));
  t.after(() => rm(path, { recursive: true }));
  const capfFile = join(path, 'capf.pem');
  await writeFile(capfFile, toPem('CERTIFICATE', capf.trust[0].der));
  return { phones: join(path, 'phones'), capfFile };
}

async function introduced(
  peer: FakePeer,
): Promise<{ readonly password: string | undefined; readonly version: number | undefined }> {
  await peer.say(authRequest(sessionId));
  const { password, version } = await peer.expect('AuthResponse');
  return { password: password?.toString('latin1'), version };
}

async function install(peer: FakePeer): Promise<void> {
  await introduced(peer);
  await peer.say(keyGenerateRequest(sessionId, { version: 3, key: { type: 'ec', curve: Curve.secp256r1 } }));
  await peer.expect('RequestInProgress');
  const { publicKey = Buffer.alloc(0) } = await peer.expect('KeyGenerateResponse');
  await peer.say(storeCertificateRequest(sessionId, await issueLsc(capf.issuer, name, { spki: publicKey })));
  await peer.expect('StoreCertificateResponse');
  await peer.sayLast(endSession(sessionId, 1));
}

test('a phone that keeps its files installs, shows and deletes its LSC in three visits', async (t) => {
  const { phones, capfFile } = await workplace(t);
  const common = ['--host', '127.0.0.1', '--name', name, '--capf-cert', capfFile, '--out', phones];

  const first = await startFakeCapf(capf, install);
  const installed = await opencapf([...common, '--port', String(first.port)]);
  await first.finished();
  assert.equal(installed.status, 0, installed.err);
  assert.match(installed.out, /^SEP001122334455: installed\. /);
  assert.match(installed.out, /TLSv1\.3, TLS_\w+, verified/);
  assert.match(installed.err, /^making an EC P-256 key \.\.\. done in \d+\.\d s\n$/);
  assert.deepEqual((await readdir(phones)).sort(), [`${name}.cert.pem`, `${name}.key.pem`]);

  const second = await startFakeCapf(capf, async (peer) => {
    await introduced(peer);
    await peer.say(fetchCertificateRequest(sessionId));
    await peer.expect('FetchCertificateResponse');
    await peer.sayLast(endSession(sessionId, 0));
  });
  const fetched = await opencapf([...common, '--port', String(second.port), '--json']);
  await second.finished();
  assert.equal(fetched.status, 0, fetched.err);
  assert.equal(fetched.err, '');
  const answer = JSON.parse(fetched.out);
  assert.equal(answer.outcome, 'fetched');
  assert.equal(answer.exitStatus, 0);
  assert.equal(answer.sessionId, sessionId);
  assert.equal(answer.reason, 0);
  assert.equal(answer.tls.verified, true);
  assert.equal(answer.shown[0].certificate.subject.includes(name), true);
  assert.equal(answer.files.certificate, join(phones, `${name}.cert.pem`));
  assert.equal(answer.steps.at(-1).command, 'EndSession');

  const third = await startFakeCapf(capf, async (peer) => {
    await introduced(peer);
    await peer.say(deleteCertificateRequest(sessionId));
    assert.equal((await peer.expect('DeleteCertificateResponse')).reason, 1);
    await peer.sayLast(endSession(sessionId, 1));
  });
  const deleted = await opencapf([...common, '--port', String(third.port)]);
  await third.finished();
  assert.equal(deleted.status, 0, deleted.err);
  assert.deepEqual(await readdir(phones), []);
});

test('a phone that is hung up on says so, comes again, and finds the key of an earlier visit in its directory', async (t) => {
  const { phones, capfFile } = await workplace(t);
  const common = ['--host', '127.0.0.1', '--name', name, '--capf-cert', capfFile, '--out', phones];
  const retries = ['--retries', '1', '--retry-pause', '0.001'];
  let publicKey: Buffer = Buffer.alloc(0);
  let visit = 0;
  const slow = await startFakeCapf(
    capf,
    async (peer) => {
      await introduced(peer);
      if (visit++ > 0) return;
      await peer.say(keyGenerateRequest(sessionId, { version: 3, key: { type: 'ec', curve: Curve.secp256r1 } }));
      await peer.expect('RequestInProgress');
      ({ publicKey = publicKey } = await peer.expect('KeyGenerateResponse'));
    },
    {},
    2,
  );
  const lost = await opencapf([...common, ...retries, '--port', String(slow.port)]);
  await slow.finished();
  assert.equal(lost.status, 13, lost.err);
  assert.match(lost.err, /^the server closed without END_SESSION; trying again in 0\.001 s \(1 of 1\)$/m);
  assert.deepEqual(await readdir(phones), [`${name}.requested.key.pem`]);

  const ready = await startFakeCapf(capf, async (peer) => {
    await introduced(peer);
    await peer.say(storeCertificateRequest(sessionId, await issueLsc(capf.issuer, name, { spki: publicKey })));
    assert.equal((await peer.expect('StoreCertificateResponse')).reason, 1);
    await peer.sayLast(endSession(sessionId, 1));
  });
  const installed = await opencapf([...common, '--port', String(ready.port), '--json']);
  await ready.finished();
  assert.equal(installed.status, 0, installed.err);
  assert.equal(JSON.parse(installed.out).visits, 1);
  assert.deepEqual((await readdir(phones)).sort(), [`${name}.cert.pem`, `${name}.key.pem`]);
});

const strings: readonly (readonly [string, readonly string[], string, NodeJS.ProcessEnv])[] = [
  ['an argument', ['--auth-string', '1234'], '', { OPENCAPF_PHONE_AUTH_STRING: '5678' }],
  ['standard input', ['--auth-string', '-'], '1234\n', {}],
  ['the environment', [], '', { OPENCAPF_PHONE_AUTH_STRING: '1234' }],
];
for (const [where, args, input, environment] of strings) {
  test(`the authentication string comes from ${where}`, async () => {
    const server = await startFakeCapf(capf, async (peer) => {
      assert.deepEqual(await introduced(peer), { password: '1234', version: 3 });
      await peer.sayLast(endSession(sessionId, 7));
    });
    const { status, out, err } = await opencapf(
      ['--host', '127.0.0.1', '--port', String(server.port), '--name', name, ...args],
      input,
      environment,
    );
    await server.finished();
    assert.equal(status, 10);
    assert.match(err, /without --capf-cert/);
    assert.doesNotMatch(out + err, /1234\b(?!\d)(?<!SEP00112233445)/);
  });
}

test('--version 2 and --tls TLSv1 make an old phone', async () => {
  const server = await startFakeCapf(
    capf,
    async (peer) => {
      assert.deepEqual(await introduced(peer), { password: undefined, version: 2 });
      await peer.sayLast(endSession(sessionId, 7));
    },
    { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
  );
  const { status, out } = await opencapf([
    ...['--host', '127.0.0.1', '--port', String(server.port), '--name', name],
    ...['--version', '2', '--tls', 'TLSv1', '--json'],
  ]);
  await server.finished();
  assert.equal(status, 12);
  const { outcome, tls } = JSON.parse(out);
  assert.equal(outcome, 'nothingPending');
  assert.deepEqual([tls.version, tls.verified], ['TLSv1', false]);
});

test('a directory that cannot be used is a fault of this machine, and no phone starts', async (t) => {
  const { capfFile } = await workplace(t);
  const { status, err } = await opencapf(['--host', '127.0.0.1', '--port', '1', '--name', name, '--out', capfFile]);
  assert.equal(status, 1);
  assert.match(err, /capf\.pem/);
});

const host = ['--host', '127.0.0.1', '--name', name];
test('--proof shows the MIC of --mic-cert, and --no-sudi leaves SUDI out', async (t) => {
  const { phones, capfFile } = await workplace(t);
  await mkdir(phones);
  const key = await generateKeyPair({ kind: 'rsa', size: 1024 });
  const certificate = await issueLsc(capf.issuer, `CP-8841-${name}`, key);
  const [micFile, keyFile] = [join(phones, 'mic.pem'), join(phones, 'mic.key')];
  await writeFile(micFile, toPem('CERTIFICATE', certificate));
  await writeFile(keyFile, exportPkcs8Pem(key.privateKey), { mode: 0o600 });
  for (const [further, hasSudi] of [
    [[], true],
    [['--no-sudi'], false],
  ] as const) {
    const server = await startFakeCapf(capf, async (peer) => {
      await peer.say(authRequest(sessionId));
      const { certificate: shown, signedData, sudiData } = await peer.expect('AuthResponse');
      assert.deepEqual(shown?.der, Buffer.from(certificate));
      assert.ok(signedData);
      assert.equal(sudiData !== undefined, hasSudi);
      await peer.sayLast(endSession(sessionId, 0));
    });
    const place = ['--host', '127.0.0.1', '--port', String(server.port), '--name', name, '--capf-cert', capfFile];
    const { err } = await opencapf([
      ...place,
      '--mic-cert',
      micFile,
      '--mic-key',
      keyFile,
      '--proof',
      'lsc-first',
      ...further,
    ]);
    await server.finished();
    assert.equal(err, '');
  }
});

const misuses: Readonly<Record<string, readonly string[]>> = {
  'no host': ['--name', name],
  'a port that is none': [...host, '--port', '70000'],
  'a version that no phone has': [...host, '--version', '4'],
  'a CAPF certificate that is none': [...host, '--capf-cert', program],
  'no string on standard input': [...host, '--auth-string', '-'],
  'a name that is none for files': ['--host', '127.0.0.1', '--name', '../SEP', '--out', 'phones'],
  'a MIC without its key': [...host, '--mic-cert', program, '--proof', 'mic'],
  'a MIC that is none': [...host, '--mic-cert', program, '--mic-key', program],
  'a number of retries that is none': [...host, '--retries', 'many'],
  'a proof that nobody knows': [...host, '--proof', 'sudi'],
  'an unknown option': [...host, '--verbose'],
};
test('wrong use is status 2 and says what is wrong', async () => {
  for (const [what, args] of Object.entries(misuses)) {
    const { status, err, out } = await opencapf(args);
    assert.equal(status, 2, `${what}: ${err}`);
    assert.notEqual(err, '', what);
    assert.equal(out, '', what);
  }
});
