import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { createCapfCertificate, createSigner, exportPkcs8Pem, generateKeyPair, toPem } from '@opencapf/pki';
import { type TestDatabase, testDatabase } from '@opencapf/store/testing';
import { type PrivateService, startPrivateService } from 'opencapf/private-service';
import { openServiceClient, type ServiceClient } from 'opencapf/service-client';
import { root, temporaryDirectory } from './support/service-process.js';

interface Run {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

describe('opencapf phone load', () => {
  let database: TestDatabase;
  let service: PrivateService;
  let client: ServiceClient;
  let capfCert: string;

  before(async () => {
    database = await testDatabase({ migrated: false });
    service = await startPrivateService({ databaseUrl: database.url });
    capfCert = join(service.dataDir, 'capf.pem');
    const { admin, capfCertificate, token } = service;
    client = openServiceClient({ server: admin, authority: capfCertificate, token });
  });
  after(async () => {
    await client.close();
    await service[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const load = async (args: readonly string[], signal?: AbortSignal): Promise<Run> => {
    const program = join(root, 'packages', 'cli', 'bin', 'opencapf.js');
    const common = ['--port', String(service.capf.port), '--key', 'ec-256', '--timeout', '60'];
    const child = spawn(process.execPath, [program, 'phone', 'load', ...common, ...args], {
      env: {
        ...process.env,
        OPENCAPF_DATA_DIR: service.dataDir,
        OPENCAPF_SERVER: service.admin,
        OPENCAPF_TOKEN: service.token,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    signal?.addEventListener('abort', () => child.kill('SIGINT'));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [out, err, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { status, out, err };
  };

  const device = async (name: string): Promise<Record<string, Record<string, unknown>>> => {
    const { status, body } = await client.get(`/v1/devices/${name}`);
    assert.equal(status, 200);
    return body as Record<string, Record<string, unknown>>;
  };

  it('queues for phones, lets each get its LSC, and says how long that took', async () => {
    const { status, out, err } = await load(['--queue', '--count', '20', '--first', 'SEP0AD000000000', '--json']);
    assert.equal(status, 0, err);
    assert.equal(err, '', 'no progress bar where there is no terminal');
    const { succeeded, failed, brokenOff, outcomes, latency, generator, keysMadeLate } = JSON.parse(out);
    assert.deepEqual({ succeeded, failed, brokenOff }, { succeeded: 20, failed: 0, brokenOff: 0 });
    assert.deepEqual(outcomes, { installed: 20 });
    assert.equal(keysMadeLate, 0);
    for (const step of [
      'visit',
      'TCP connection',
      'TLS handshake',
      'TLS to AuthRequest',
      'AuthResponse to KeyGenerateRequest',
      'KeyGenerateResponse to StoreCertificateRequest',
      'StoreCertificateResponse to EndSession',
    ]) {
      const { count, p50, p99, p999, max } = latency[step];
      assert.equal(count, 20, step);
      assert.ok(p50 > 0 && p50 <= p99 && p99 <= p999 && p999 <= max, `${step}: ${JSON.stringify(latency[step])}`);
    }
    assert.ok(generator.processors > 0);
    const { operation } = await device('SEP0AD000000013');
    assert.equal(operation?.['state'], 'successful');
  });

  it('lets phones come as in the mix, with authentication strings, at a rate', async () => {
    using directory = temporaryDirectory();
    const keys = join(directory.path, 'keys');
    const args = ['--queue', '--auth', 'string', '--count', '20', '--first', 'SEP0AD000000100', '--rate', '40'];
    const { status, out, err } = await load([
      ...args,
      ...['--mix', 'install=50,troubleshoot=20,delete=10,keysync=20', '--keys', keys, '--json'],
    ]);
    assert.equal(status, 0, `${err}${out}`);
    const { succeeded, outcomes, elapsedMs } = JSON.parse(out);
    assert.equal(succeeded, 20);
    assert.deepEqual(outcomes, { installed: 10, fetched: 8, deleted: 2 });
    assert.ok(elapsedMs >= 19 * 25 - 1, `${elapsedMs} ms for 20 phones at 40 a second`);
  });

  it('lets phones prove themselves by the LSC that they got before', async () => {
    const args = ['--queue', '--auth', 'lsc', '--count', '4', '--first', 'SEP0AD000000200', '--json'];
    const { status, out, err } = await load(args);
    assert.equal(status, 0, `${err}${out}`);
    assert.deepEqual(JSON.parse(out).outcomes, { installed: 4 });
    const { body } = await client.get('/v1/operations?device=SEP0AD000000203');
    const { items } = body as { readonly items: readonly { readonly authenticationMode: string }[] };
    assert.deepEqual(
      items.map(({ authenticationMode }) => authenticationMode),
      ['existingCertificateLscFirst', 'nullString'],
    );
  });

  it('lets phones prove themselves by MICs of a factory that the service trusts', async () => {
    using directory = temporaryDirectory();
    const key = await generateKeyPair({ kind: 'rsa', size: 2048 });
    const certificate = toPem('CERTIFICATE', await createCapfCertificate(createSigner(key), { organization: 'Works' }));
    const [caCert, caKey] = [join(directory.path, 'ca.pem'), join(directory.path, 'ca.key')];
    writeFileSync(caCert, certificate);
    writeFileSync(caKey, exportPkcs8Pem(key.privateKey));
    const uploaded = await client.request('POST', '/v1/trust-certificates?purpose=mic', {
      type: 'application/x-pem-file',
      content: certificate,
    });
    assert.equal(uploaded.status, 201);
    const factory = ['--mic-ca-cert', caCert, '--mic-ca-key', caKey];
    const args = ['--queue', '--auth', 'mic', '--count', '3', '--first', 'SEP0AD000000300', '--json'];
    const { status, out, err } = await load([...args, ...factory]);
    assert.equal(status, 0, `${err}${out}`);
    assert.deepEqual(JSON.parse(out).outcomes, { installed: 3 });
  });

  it('says which phones failed and why, and writes their names down for another try', async () => {
    using directory = temporaryDirectory();
    const [names, failed] = [join(directory.path, 'names.txt'), join(directory.path, 'failed.txt')];
    await client.request('PUT', '/v1/devices/SEP0AD000000400', { type: 'application/json', content: '{}' });
    const operation = {
      operation: 'install',
      authenticationMode: 'authenticationString',
      authenticationString: '12345',
    };
    const queued = await client.request('POST', '/v1/devices/SEP0AD000000400/operations', {
      type: 'application/json',
      content: JSON.stringify(operation),
    });
    assert.equal(queued.status, 201);
    writeFileSync(names, 'SEP0AD000000400 12345\nSEP0AD000000401\nSEP0AD000000402 # nobody knows it\n');
    const args = ['--host', '127.0.0.1', '--capf-cert', capfCert, '--names', names, '--failed', failed];
    const { status, out, err } = await load(args);
    assert.equal(status, 1, err);
    assert.match(out, /1 done \([\d.]+\/s\), 2 failed/);
    assert.match(out, /2 failed: unknownDevice, END_SESSION 9\n.*\n {4}SEP0AD00000040[12] SEP0AD00000040[12]\n/);
    assert.deepEqual(readFileSync(failed, 'utf8').trim().split('\n').sort(), ['SEP0AD000000401', 'SEP0AD000000402']);
  });

  it('holds phones in key generation, and leaves when it is broken off', async () => {
    const interrupted = new AbortController();
    const args = ['--queue', '--count', '5', '--first', 'SEP0AD000000500', '--hold', '3600', '--concurrency', '3'];
    const running = load([...args, '--in-progress-every', '1', '--json'], interrupted.signal);
    const deadline = Date.now() + 60_000;
    for (;;) {
      const { lastSession } = await device('SEP0AD000000502').catch(() => ({ lastSession: null }));
      if (lastSession !== null) break;
      assert.ok(Date.now() < deadline, 'the phone did not come');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    interrupted.abort();
    const { status, out } = await running;
    assert.equal(status, 1);
    const { visits, failed, brokenOff } = JSON.parse(out);
    assert.deepEqual({ visits, failed, brokenOff }, { visits: 0, failed: 0, brokenOff: 5 });
  });

  for (const [what, args, words] of [
    ['no host', [], /--host is missing/],
    ['a mix that nobody queues', ['--host', '127.0.0.1', '--mix', 'install=1'], /--mix needs --queue/],
    ['a mix that is none', ['--queue', '--mix', 'enrol=1'], /install=80,troubleshoot=10/],
    ['an empty list of names', ['--host', '127.0.0.1', '--names', '/dev/null'], /the list is empty/],
    ['a MIC without a factory', ['--host', '127.0.0.1', '--auth', 'mic'], /--mic-ca-cert/],
    ['a rate of nothing', ['--host', '127.0.0.1', '--rate', '0'], /above 0/],
    ['more phones at once than descriptors', ['--host', '127.0.0.1', '--concurrency', '9000000'], /ulimit -n/],
  ] as const) {
    it(`does not begin with ${what}`, async () => {
      const { status, out, err } = await load(args);
      assert.equal(status, 2);
      assert.equal(out, '');
      assert.match(err, words);
    });
  }

  it('does not begin with a list of names and a count', async () => {
    using directory = temporaryDirectory();
    const names = join(directory.path, 'names.txt');
    writeFileSync(names, 'SEP0AD000000600\n');
    const { status, err } = await load(['--host', '127.0.0.1', '--names', names, '--count', '5']);
    assert.equal(status, 2);
    assert.match(err, /--count and --names do not go together/);
  });

  it('does not begin when the service refuses to queue', async () => {
    const program = join(root, 'packages', 'cli', 'bin', 'opencapf.js');
    const child = spawn(
      process.execPath,
      [program, 'phone', 'load', '--queue', '--capf-cert', capfCert, '--count', '1'],
      {
        env: {
          ...process.env,
          OPENCAPF_DATA_DIR: service.dataDir,
          OPENCAPF_SERVER: service.admin,
          OPENCAPF_TOKEN: 'nobody-has-this-token',
        },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [err, status] = await Promise.all([text(child.stderr), ended]);
    assert.equal(status, 2);
    assert.match(err, /did not create a device .* 401 /);
  });
});
