import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { RecordingService } from '../testing/recording-service.js';

const item = { id: 2, state: 'staged', notAfter: '2046-11-15T17:00:00.000Z', subject: 'CN=CAPF-1', sha256: 'aa' };

describe('opencapf capf-certificate', () => {
  it('lists what phones meet on port 3804, and activates and forgets staged ones', async () => {
    await using service = await RecordingService.start();
    service.answer = { items: [item] };
    const { code, out } = await service.run(['capf-certificate', 'list']);
    assert.deepEqual([code, out], [0, '2  staged  until 2046-11-15  CN=CAPF-1  aa\n']);
    service.answer = { ...item, state: 'active' };
    const activated = await service.run(['capf-certificate', 'activate', '2', '--confirm']);
    assert.equal(activated.out, '2  active  until 2046-11-15  CN=CAPF-1  aa\n');
    assert.equal((await service.run(['capf-certificate', 'delete', '3'])).code, 0);
    assert.deepEqual(
      service.calls.slice(1).map(({ call, body }) => [call, body.toString()]),
      [
        ['POST /v1/capf-certificates/2/activate', '{"confirmed":true,"override":false}'],
        ['DELETE /v1/capf-certificates/3', ''],
      ],
    );
  });

  it('stages one of a key file, whose passphrase stands in no argument', async () => {
    await using service = await RecordingService.start();
    const directory = await mkdtemp(join(tmpdir(), 'opencapf-capf-'));
    try {
      await writeFile(join(directory, 'capf.p12'), 'a key');
      await writeFile(join(directory, 'passphrase.txt'), 'a passphrase\n');
      service.answer = { capfCertificate: item, warnings: [] };
      const create = ['capf-certificate', 'create', '--key-file', 'capf.p12'];
      const created = await service.run([...create, '--passphrase-file', 'passphrase.txt'], directory);
      assert.deepEqual([created.code, created.out], [0, '2  staged  until 2046-11-15  CN=CAPF-1  aa\n']);
      await service.run(create, directory);
      await service.run(['capf-certificate', 'create', '--key-size', '3072'], directory);
      const keyFile = Buffer.from('a key').toString('base64');
      assert.deepEqual(
        service.calls.map(({ body }) => JSON.parse(body.toString()) as object),
        [{ keyFile, passphrase: 'a passphrase' }, { keyFile }, { keySize: 3072 }],
      );
      const unreadable = await service.run(['capf-certificate', 'create', '--key-file', 'none.p12'], directory);
      assert.equal(unreadable.code, 2);
      assert.equal(service.calls.length, 3);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
