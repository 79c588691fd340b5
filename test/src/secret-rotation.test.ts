import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { root, ServiceProcess, temporaryDirectory } from './support/service-process.js';

interface Told {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function rotate(settings: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Told> {
  const { PATH = '', OPENCAPF_TEST_RUN = '' } = process.env;
  const program = join(root, 'packages', 'cli', 'bin', 'opencapf.js');
  const env = { PATH, OPENCAPF_TEST_RUN, ...settings };
  return await new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, 'secrets', 'rotate', ...args],
      { env, cwd: '/' },
      (_, out, err) => resolve({ status: child.exitCode ?? -1, out, err }),
    );
  });
}

async function call(
  admin: string,
  ca: string,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const { Agent, request } = await import('node:https');
  return await new Promise((resolve, reject) => {
    const headers = { authorization: 'Bearer the-first-administrator', 'content-type': 'application/json' };
    const sent = request(`${admin}${path}`, { method, headers, agent: new Agent({ ca }) }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve(JSON.parse(text) as Record<string, unknown>));
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

describe('opencapf secrets rotate', () => {
  it('replaces the key of a stopped service, whose strings and keys are as good as before', async () => {
    using directory = temporaryDirectory();
    const dataDir = join(directory.path, 'data');
    const options = { dataDir, settings: { OPENCAPF_ADMIN_TOKEN: 'the-first-administrator' } };
    const local = { OPENCAPF_DATA_DIR: dataDir };
    const newKey = randomBytes(32).toString('base64');
    const file = join(directory.path, 'new.key');
    writeFileSync(file, `${newKey}\n`);
    let operation = 0;
    let capf = '';
    {
      await using service = new ServiceProcess(options);
      const { admin, ca } = await service.ready();
      capf = ca;
      await call(admin, ca, 'PUT', '/v1/devices/SEP001122334455', {});
      const wanted = {
        operation: 'install',
        authenticationMode: 'authenticationString',
        authenticationString: '40718265',
      };
      const queued = await call(admin, ca, 'POST', '/v1/devices/SEP001122334455/operations', wanted);
      operation = Number(queued['id']);
      const early = await rotate(local, '--new-key-file', file);
      assert.equal(early.status, 2);
      assert.match(early.err, /^opencapf: Nodes that know the old secret key are running/);
    }
    const unknown = await rotate(local);
    assert.deepEqual([unknown.status, unknown.out], [2, '']);
    assert.match(unknown.err, /OPENCAPF_NEW_SECRET_KEY/);
    const done = await rotate({ ...local, OPENCAPF_NEW_SECRET_KEY: newKey });
    assert.deepEqual([done.status, done.err], [0, '']);
    assert.match(done.out, /private keys 1, authentication strings 1/);
    const path = join(dataDir, 'secret.key');
    assert.equal(readFileSync(path, 'utf8').trim(), newKey);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal((await rotate(local, '--new-key-file', file)).status, 2, 'the same key again');

    await using service = new ServiceProcess(options);
    const { admin, ca } = await service.ready();
    assert.equal(ca, capf);
    const shown = await call(admin, ca, 'GET', `/v1/operations/${operation}/authentication-string`);
    assert.deepEqual(shown, { authenticationString: '40718265' });
  });
});
