import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { RecordingService } from '../testing/recording-service.js';

describe('opencapf authority, for requests that travel by hand', () => {
  let service: RecordingService;
  let directory: string;

  before(async () => {
    service = await RecordingService.start();
    directory = await mkdtemp(join(tmpdir(), 'opencapf-offline-'));
  });
  beforeEach(() => {
    service.calls.length = 0;
    service.status = 200;
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  const run = async (...args: readonly string[]) => await service.run(['authority', ...args], directory);

  it('downloads the open ones as they come: a zip, one PEM, or one by its number', async () => {
    service.answer = Uint8Array.of(0x50, 0x4b, 0xff, 0x00, 0xfe);
    assert.deepEqual(await run('download', 'By hand', '--out', 'requests.zip'), { code: 0, out: '', err: '' });
    assert.deepEqual([...(await readFile(join(directory, 'requests.zip')))], [0x50, 0x4b, 0xff, 0x00, 0xfe]);
    service.answer = Buffer.from('a request\n');
    assert.equal((await run('download', 'By hand', '--pem', '--limit', '5')).out, 'a request\n');
    await run('download', 'By hand', '--request', '5');
    await run('download', 'By hand', '--request', '5', '--public-key');
    assert.deepEqual(
      service.calls.map(({ call, accept }) => [call, accept]),
      [
        ['GET /v1/authorities/By%20hand/certification-requests', 'application/zip'],
        ['GET /v1/authorities/By%20hand/certification-requests?limit=5', 'application/x-pem-file'],
        ['GET /v1/authority-requests/5/certification-request', 'application/x-pem-file'],
        ['GET /v1/authority-requests/5/public-key', 'application/x-pem-file'],
      ],
    );
    service.answer = Buffer.alloc(0);
    assert.equal((await run('download', 'By hand', '--pem')).err, 'no request is open\n');
    const stdout = { isTTY: true, write: () => assert.fail('bytes on a terminal') };
    assert.equal((await service.run(['authority', 'download', 'By hand'], directory, { stdout })).code, 2);
  });

  it('uploads any number of files, and tells what became of each certificate', async () => {
    for (const name of ['a.pem', 'b.der', 'c.p7b', 'd.zip']) await writeFile(join(directory, name), name);
    const subject = 'CN=SEP0';
    const taken = { file: null, subject, serial: '01', outcome: 'taken', device: 'SEP0', code: null, reason: null };
    service.answer = { items: [taken] };
    const all = await run('upload', 'By hand', 'a.pem', 'b.der', 'c.p7b', 'd.zip');
    assert.deepEqual([all.code, all.out.split('\n')[0]], [0, 'taken       SEP0  CN=SEP0  a.pem']);
    assert.deepEqual(
      service.calls.map(({ type, body }) => [type, body.toString()]),
      [
        ['application/x-pem-file', 'a.pem'],
        ['application/pkix-cert', 'b.der'],
        ['application/pkcs7-mime', 'c.p7b'],
        ['application/zip', 'd.zip'],
      ],
    );
    const refused = { ...taken, file: 'x.pem', outcome: 'refused', code: 'issued-certificate-name', reason: 'No.' };
    service.answer = { items: [taken, refused] };
    const some = await run('upload', 'By hand', 'd.zip', '--json');
    assert.equal(some.code, 1);
    assert.deepEqual(
      (JSON.parse(some.out) as { items: object[] }).items.map((item) => ({ file: '', outcome: '', ...item }).file),
      ['d.zip', 'd.zip:x.pem'],
    );
    service.status = 422;
    const unreadable = await run('upload', 'By hand', 'a.pem', 'b.der');
    assert.deepEqual([unreadable.code, unreadable.out.split('\n').length], [1, 3], 'each file is told of');
    assert.match(unreadable.out, /^refused {5}- {2}- {2}a\.pem {2}not this one$/m);
    service.status = 403;
    assert.deepEqual([(await run('upload', 'By hand', 'a.pem')).err], ['opencapf: not this one\n']);
    assert.equal((await run('upload', 'By hand', 'none.pem')).code, 2);
  });
});
