import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Ran, RecordingService } from '../testing/recording-service.js';

const key = '000102030405060708090A0B0C0D0E0F';
const kept = { device: 'SEP001122334455', bits: 128, warnings: [] };

describe('opencapf configuration key', () => {
  let service: RecordingService;
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'opencapf-configuration-key-'));
    service = await RecordingService.start();
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  beforeEach(() => {
    service.calls.length = 0;
    service.status = 201;
    service.answer = kept;
  });
  const run = async (args: readonly string[], terminal = {}): Promise<Ran> =>
    await service.run(['configuration', 'key', ...args], directory, terminal);
  const sent = (): unknown => JSON.parse(service.calls.at(-1)?.body.toString() ?? '');

  it('keeps one of a file, of standard input and of the environment, and shows none of them', async () => {
    await writeFile(join(directory, 'key.txt'), `${key}\r\n`);
    for (const [args, terminal] of [
      [['--key-file', 'key.txt'], {}],
      [['--key-file', '-'], { stdin: Readable.from([`${key}\n`]) }],
      [[], { env: { OPENCAPF_SYMMETRIC_KEY: key } }],
    ] as const) {
      const { code, out, err } = await run(['set', 'SEP001122334455', ...args], terminal);
      assert.deepEqual([code, out, err], [0, 'SEP001122334455  128 bits\n', '']);
      assert.equal(service.calls.at(-1)?.call, 'PUT /v1/devices/SEP001122334455/symmetric-key');
      assert.deepEqual(sent(), { key });
    }
  });

  it('takes none as an argument, and says where one may come from', async () => {
    assert.equal((await run(['set', 'SEP001122334455', key])).code, 2);
    const { code, err } = await run(['set', 'SEP001122334455']);
    assert.equal(code, 2);
    assert.match(err, /no key; give --key-file or OPENCAPF_SYMMETRIC_KEY/);
    assert.equal((await run(['set', 'SEP001122334455', '--key-file', 'nothing.txt'])).code, 2);
    assert.deepEqual(service.calls, []);
  });

  it('makes one and shows it', async () => {
    service.answer = { ...kept, key, warnings: [{ code: 'symmetric-key-missing', message: 'None.' }] };
    const { out } = await run(['generate', 'SEP001122334455', '--bits', '128', '--replace', '--force']);
    assert.equal(out, `SEP001122334455  128 bits\nkey: ${key}\nwarning: None. (symmetric-key-missing)\n`);
    assert.equal(service.calls[0]?.call, 'PUT /v1/devices/SEP001122334455/symmetric-key?replace=true&force=true');
    assert.deepEqual(sent(), { bits: 128 });
    assert.deepEqual(JSON.parse((await run(['generate', 'SEP001122334455', '--json'])).out), service.answer);
    assert.deepEqual(sent(), {});
    assert.equal((await run(['generate', 'SEP001122334455', '--bits', '192'])).code, 2);
  });

  it('shows one that is on record, and forgets it', async () => {
    service.status = 200;
    service.answer = { device: 'SEP001122334455', bits: 128, key, createdAt: '2026-11-28', createdBy: 'me' };
    const { out } = await run(['show', 'SEP001122334455']);
    assert.equal(out, `SEP001122334455  128 bits  set 2026-11-28 by me\nkey: ${key}\n`);
    service.status = 204;
    assert.equal((await run(['delete', 'SEP001122334455'])).code, 0);
    assert.deepEqual(
      service.calls.map(({ call }) => call),
      ['GET /v1/devices/SEP001122334455/symmetric-key', 'DELETE /v1/devices/SEP001122334455/symmetric-key'],
    );
  });
});
