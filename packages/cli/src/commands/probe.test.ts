import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { RecordingService } from '../testing/recording-service.js';

const device = 'SEP001122334455';

describe('opencapf probe run', () => {
  it('waits for the device, tells what was found and writes the evidence of all exchanges into one file', async () => {
    await using service = await RecordingService.start();
    const directory = await mkdtemp(join(tmpdir(), 'opencapf-probe-'));
    try {
      const evidence = { exchange: 'fetchMicByType', findings: ['It sends its MIC.'] };
      service.answer = { id: 3, state: 'done', evidence };
      const run = async (...args: readonly string[]) =>
        await service.run(['probe', 'run', device, '--exchange', 'fetchMicByType', ...args], directory);
      const told = ['--consent', device, '--out', 'evidence.json', '--firmware', '14-2-1'];
      const { code, out, err } = await run(...told);
      assert.deepEqual([code, out], [0, `${join(directory, 'evidence.json')}\n`], err);
      assert.match(err, /^fetchMicByType: It sends its MIC\.$/m);
      const [asked, looked] = service.calls;
      assert.deepEqual(
        [asked?.call, looked?.call],
        [`POST /v1/devices/${device}/probe`, `GET /v1/devices/${device}/probe`],
      );
      assert.deepEqual(JSON.parse(String(asked?.body)), {
        exchange: 'fetchMicByType',
        consent: device,
        firmware: '14-2-1',
      });
      const written = JSON.parse(await readFile(join(directory, 'evidence.json'), 'utf8')) as { probes: unknown };
      assert.deepEqual(written.probes, [evidence]);

      service.answer = { id: 3, state: 'failed' };
      const failed = await run(...told);
      assert.deepEqual([failed.code, /fetchMicByType: failed/.test(failed.err)], [1, true], failed.err);

      service.answer = { id: 3, state: 'pending' };
      service.calls.length = 0;
      const away = await run(...told, '--wait', '0.01', '--poll', '0.01');
      assert.deepEqual([away.code, /did not come/.test(away.err)], [1, true], away.err);
      assert.equal(service.calls.at(-1)?.call, `DELETE /v1/devices/${device}/probe`, 'it is taken back');

      service.status = 400;
      assert.deepEqual([(await run(...told)).code], [1]);
      assert.notEqual((await run('--out', 'evidence.json')).code, 0, 'nobody is probed without consent');
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
