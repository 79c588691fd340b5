import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { RecordingService } from '../testing/recording-service.js';

describe('opencapf authority', () => {
  it('creates one from files, so that no secret stands in an argument', async () => {
    await using service = await RecordingService.start();
    const directory = await mkdtemp(join(tmpdir(), 'opencapf-authority-'));
    try {
      await writeFile(join(directory, 'ca.pem'), 'a certificate');
      await writeFile(join(directory, 'password.txt'), 'a password\n');
      await writeFile(join(directory, 'settings.json'), '{"timeoutSeconds":5}');
      service.status = 201;
      const files = ['--lsc-trust', 'ca.pem', '--password-file', 'password.txt', '--config', 'settings.json'];
      const asked = ['--url', 'https://ca.example', '--template', 'Phones', '--username', 'capf'];
      const run = async (...args: readonly string[]) => await service.run(['authority', ...args], directory);
      assert.equal((await run('create', 'adcs', 'Site CA', ...asked, ...files)).code, 0);
      const [{ call, body } = { call: '', body: Buffer.of() }] = service.calls;
      assert.equal(call, 'POST /v1/authorities');
      assert.deepEqual(JSON.parse(body.toString()), {
        name: 'Site CA',
        kind: 'adcs',
        configuration: { timeoutSeconds: 5, url: 'https://ca.example', template: 'Phones', username: 'capf' },
        secrets: { password: 'a password' },
        lscTrust: 'a certificate',
      });
      const broken = await run('create', 'est', 'x', '--config', 'password.txt');
      assert.deepEqual([broken.code, broken.err], [2, 'opencapf: --config password.txt is no JSON object\n']);
      assert.equal(service.calls.length, 1);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('is tried, and says by its exit status whether it works', async () => {
    await using service = await RecordingService.start();
    const step = { name: 'TLS to ca.example:443', outcome: 'failed', detail: 'Correct the host.' };
    service.answer = { works: false, steps: [step] };
    const { code, out } = await service.run(['authority', 'test', 'Site CA']);
    assert.deepEqual([code, out], [1, 'failed   TLS to ca.example:443: Correct the host.\n']);
    service.answer = { works: true, steps: [] };
    assert.equal((await service.run(['authority', 'test', 'Site CA', '--json'])).code, 0);
    assert.equal(service.calls[0]?.call, 'POST /v1/authorities/Site%20CA/test');
  });

  it('has its open requests listed, and tried again now', async () => {
    await using service = await RecordingService.start();
    const request = { id: 5, device: 'SEP0', authority: 'Site CA', state: 'waiting', attempts: 2, nextAttemptAt: null };
    service.answer = { items: [{ ...request, reason: 'It is away.' }] };
    const { out } = await service.run(['authority', 'requests', '--authority', 'Site CA']);
    assert.equal(out, '5  SEP0  Site CA  waiting  attempts 2  next -  It is away.\n');
    service.answer = { ...request, reason: null };
    assert.equal(
      (await service.run(['authority', 'retry', '5'])).out,
      '5  SEP0  Site CA  waiting  attempts 2  next -\n',
    );
    assert.deepEqual(
      service.calls.map(({ call }) => call),
      ['GET /v1/authority-requests?limit=1000&authority=Site+CA&open=true', 'POST /v1/authority-requests/5/retry'],
    );
  });
});
