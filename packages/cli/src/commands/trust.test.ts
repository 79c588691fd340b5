import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Ran, RecordingService } from '../testing/recording-service.js';

const item = {
  sha256: 'aa',
  purpose: 'mic',
  source: 'file',
  subject: 'CN=Root',
  notAfter: '2030-01-31T00:00:00.000Z',
  allowExpired: false,
  useCount: 7,
};

describe('opencapf trust', () => {
  let service: RecordingService;
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'opencapf-trust-'));
    service = await RecordingService.start();
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  beforeEach(() => {
    service.calls.length = 0;
    service.status = 200;
    service.answer = { items: [item] };
  });
  const run = async (...args: readonly string[]): Promise<Ran> => await service.run(['trust', ...args], directory);

  it('lists what is trusted, a certificate a line', async () => {
    const { code, out } = await run('list', '--purpose', 'mic');
    assert.deepEqual([code, out], [0, 'mic  aa  until 2030-01-31  used 7  CN=Root  from a file\n']);
    assert.equal(service.calls[0]?.call, 'GET /v1/trust-certificates?limit=1000&purpose=mic');
    assert.deepEqual(JSON.parse((await run('list', '--json')).out), { items: [item] });
  });

  it('sends a file byte by byte, with its purpose', async () => {
    const content = Buffer.from([0x30, 0x80, 0xff, 0x00]);
    await writeFile(join(directory, 'chain.p7b'), content);
    service.status = 201;
    const { code } = await run('add', 'chain.p7b', '--purpose', 'foreignCapf', '--allow-expired');
    assert.equal(code, 0);
    assert.deepEqual(service.calls, [
      {
        call: 'POST /v1/trust-certificates?purpose=foreignCapf&allowExpired=true',
        type: 'application/pkcs7-mime',
        body: content,
      },
    ]);
  });

  it('says in one line why something is not taken, and ends with a status that tells', async () => {
    const missing = await run('add', 'none.pem');
    assert.deepEqual([missing.code, service.calls.length], [2, 0]);
    assert.match(missing.err, /^opencapf: cannot read .*none\.pem: ENOENT\n$/);
    service.status = 422;
    await writeFile(join(directory, 'leaf.pem'), 'leaf');
    const refused = await run('add', 'leaf.pem');
    assert.deepEqual([refused.code, refused.err], [1, 'opencapf: not this one\n']);
  });

  it('writes the bundle of whom others are to trust', async () => {
    service.answer = 'a bundle';
    assert.equal((await run('bundle')).out, 'a bundle');
    assert.equal((await run('bundle', '--out', 'bundle.pem')).code, 0);
    assert.equal(await readFile(join(directory, 'bundle.pem'), 'utf8'), 'a bundle');
    assert.equal(service.calls[0]?.call, 'GET /v1/trust-bundle');
    const nowhere = await run('bundle', '--out', 'none/bundle.pem');
    assert.deepEqual([nowhere.code, /^opencapf: cannot write .*bundle\.pem: ENOENT\n$/.test(nowhere.err)], [2, true]);
  });

  it('removes by SHA-256', async () => {
    service.status = 204;
    assert.equal((await run('remove', 'AA:BB')).code, 0);
    assert.equal(service.calls[0]?.call, 'DELETE /v1/trust-certificates/AA%3ABB');
  });
});
