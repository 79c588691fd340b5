import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkSecretKey, SecretKey } from '@opencapf/store';
import { type TestDatabase, testDatabase } from '@opencapf/store/testing';
import { makeLog } from './log.js';
import { startService } from './service.js';
import { readConfiguration } from './start/configuration.js';
import { startReport } from './start/start-report.js';

const key = Buffer.alloc(32, 1).toString('base64');

describe('a start of the service that cannot be', () => {
  let test: TestDatabase;
  let directory: string;
  let holder: Server;
  let taken: string;

  before(async () => {
    test = await testDatabase();
    await checkSecretKey(test.database, SecretKey.parse(key));
    directory = mkdtempSync(join(tmpdir(), 'opencapf-test-'));
    holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    assert.ok(typeof address === 'object' && address !== null);
    taken = String(address.port);
  });
  after(async () => {
    holder?.close();
    await test?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  /** Fails unless the start is refused with a message that names the setting; @returns the message */
  const refuses = async (name: string, wrong: Readonly<Record<string, string>>): Promise<string> => {
    const environment = {
      DATABASE_URL: test.url,
      OPENCAPF_DATA_DIR: 'data',
      OPENCAPF_SECRET_KEY: key,
      OPENCAPF_CAPF_HOST: '127.0.0.1',
      OPENCAPF_CAPF_PORT: '0',
      OPENCAPF_ADMIN_HOST: '127.0.0.1',
      OPENCAPF_ADMIN_PORT: '0',
      ...wrong,
    };
    const surroundings = {
      log: makeLog('silent'),
      report: startReport(() => undefined),
      signal: new AbortController().signal,
    };
    let message = '';
    const start = async () => await startService(readConfiguration(environment, directory), surroundings);
    await assert.rejects(start, (fault: Error) => {
      message = fault.message;
      assert.ok(message.includes(name), `${name} is not in: ${message}`);
      return true;
    });
    return message;
  };

  it('names the setting of an address that it cannot listen on, or may not', async () => {
    await refuses('OPENCAPF_CAPF_PORT', { OPENCAPF_CAPF_PORT: taken });
    await refuses('OPENCAPF_ADMIN_PORT', { OPENCAPF_ADMIN_PORT: taken });
    await refuses('OPENCAPF_CAPF_HOST', { OPENCAPF_CAPF_HOST: '192.0.2.1' });
    await refuses('OPENCAPF_ADMIN_HOST', { OPENCAPF_ADMIN_HOST: 'no host' });
    await refuses('OPENCAPF_ADMIN_TLS', { OPENCAPF_ADMIN_TLS: 'off', OPENCAPF_ADMIN_HOST: '0.0.0.0' });
    await refuses('OPENCAPF_ADMIN_TLS', { OPENCAPF_ADMIN_TLS: '/does/not/exist.pem,/nor/this.pem' });
  });

  it('names OPENCAPF_SECRET_KEY, and shows none, when the database was made with another', async () => {
    const other = Buffer.alloc(32, 7).toString('base64');
    const message = await refuses('OPENCAPF_SECRET_KEY', { OPENCAPF_SECRET_KEY: other });
    assert.ok(!message.includes(other));
  });

  it('names OPENCAPF_DATA_DIR when that is a file', async () => {
    writeFileSync(join(directory, 'file'), '');
    await refuses('OPENCAPF_DATA_DIR', { OPENCAPF_DATA_DIR: 'file' });
  });

  it('names OPENCAPF_DATA_DIR when it can be made nowhere', { skip: process.platform !== 'linux' }, async () => {
    await refuses('OPENCAPF_DATA_DIR', { OPENCAPF_DATA_DIR: '/proc/opencapf/data' });
  });
});
