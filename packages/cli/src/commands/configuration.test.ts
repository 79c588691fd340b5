import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Ran, RecordingService } from '../testing/recording-service.js';

const answer = {
  device: 'SEP001122334455',
  version: 7,
  template: null,
  report: {
    elements: [
      { path: 'sshPassword', line: 3, value: null },
      { path: 'encrConfig', line: 4, value: 'true' },
    ],
    missing: ['certHash'],
    findings: [{ path: 'capfList', line: 5, message: 'Too many.' }],
  },
  warnings: [{ code: 'digest-credentials-in-the-clear', message: 'In the clear.' }],
};

describe('opencapf configuration', () => {
  let service: RecordingService;
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'opencapf-configuration-'));
    service = await RecordingService.start();
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  beforeEach(() => {
    service.calls.length = 0;
    service.status = 200;
    service.answer = answer;
  });
  const run = async (...args: readonly string[]): Promise<Ran> =>
    await service.run(['configuration', ...args], directory);

  it('sends a file byte by byte, and tells what it says', async () => {
    const content = Buffer.from('\ufeff<device/>\r\n');
    await writeFile(join(directory, 'phone.xml'), content);
    const { code, out } = await run('put', 'SEP001122334455', 'phone.xml');
    assert.equal(code, 0);
    assert.deepEqual(out.split('\n'), [
      'SEP001122334455  version 7',
      '  sshPassword (line 3): (not shown)',
      '  encrConfig (line 4): true',
      '  put in by a build: certHash',
      'finding: capfList, line 5: Too many.',
      'warning: In the clear. (digest-credentials-in-the-clear)',
      '',
    ]);
    assert.deepEqual(service.calls, [
      { call: 'PUT /v1/devices/SEP001122334455/configuration', type: 'application/xml', body: content },
    ]);
  });

  it('fills a template, with secrets from a file', async () => {
    await writeFile(join(directory, 'fields.json'), '{"password":"secret"}');
    await run('put', 'SEP001122334455', '--template', 'Lobby', '--field', 'label=a=b', '--fields', 'fields.json');
    assert.deepEqual(JSON.parse(service.calls[0]?.body.toString() ?? ''), {
      template: 'Lobby',
      fields: { password: 'secret', label: 'a=b' },
    });
    await writeFile(join(directory, 'fields.json'), '{"password":"secret"');
    const broken = await run('put', 'SEP001122334455', '--template', 'Lobby', '--fields', 'fields.json');
    assert.deepEqual([broken.code, broken.err], [2, 'opencapf: --fields fields.json is no JSON object\n']);
    assert.equal((await run('put', 'SEP001122334455')).code, 2);
    assert.equal((await run('put', 'SEP001122334455', 'nothing.xml')).code, 2);
  });

  it('shows the report, and the file itself where it is asked for', async () => {
    await run('show', 'SEP001122334455');
    assert.equal(service.calls[0]?.call, 'GET /v1/devices/SEP001122334455/configuration/report');
    service.answer = Buffer.from('<device/>');
    assert.equal((await run('show', 'SEP001122334455', '--xml')).out, '<device/>');
    await run('show', 'SEP001122334455', '--out', 'out.xml');
    assert.equal(await readFile(join(directory, 'out.xml'), 'utf8'), '<device/>');
    assert.equal((await stat(join(directory, 'out.xml'))).mode & 0o777, 0o600, 'it holds passwords');
    service.status = 204;
    assert.equal((await run('delete', 'SEP001122334455')).code, 0);
    assert.equal(service.calls[3]?.call, 'DELETE /v1/devices/SEP001122334455/configuration');
  });

  it('keeps, lists, prints and deletes templates', async () => {
    await writeFile(join(directory, 'lobby.xml'), '<device/>');
    service.answer = { name: 'Lobby', version: 3, fields: ['label', 'password'] };
    assert.equal(
      (await run('template', 'put', 'Lobby', 'lobby.xml')).out,
      'Lobby  version 3  fields label, password\n',
    );
    const finding = { path: 'device', line: 2, message: 'No field.' };
    service.answer = { name: 'Lobby', version: 4, fields: [], report: { findings: [finding] } };
    assert.equal(
      (await run('template', 'put', 'Lobby', 'lobby.xml')).out,
      'Lobby  version 4  fields none\nfinding: device, line 2: No field.\n',
    );
    service.calls.length = 1;
    service.answer = { items: [{ name: 'Lobby', version: 3, updatedAt: '2026-11-20', updatedBy: 'me' }] };
    assert.equal((await run('template', 'list')).out, 'Lobby  version 3  2026-11-20 by me\n');
    service.answer = Buffer.from('<device/>');
    assert.equal((await run('template', 'show', 'Lobby')).out, '<device/>');
    service.status = 204;
    assert.equal((await run('template', 'delete', 'Lobby')).code, 0);
    assert.deepEqual(
      service.calls.map(({ call }) => call),
      [
        'PUT /v1/configuration-templates/Lobby',
        'GET /v1/configuration-templates?limit=1000',
        'GET /v1/configuration-templates/Lobby',
        'DELETE /v1/configuration-templates/Lobby',
      ],
    );
  });

  it('tells which files were fetched in the name of a device, and from where', async () => {
    const one = { version: '0123456789abcdef', fetchedAt: '2026-11-27T18:00:00.000Z' };
    service.answer = {
      items: [
        { ...one, file: 'configuration', address: '192.0.2.17', outdated: true },
        { ...one, file: 'itl', address: null, outdated: false },
      ],
    };
    assert.deepEqual((await run('fetched', 'SEP001122334455')).out.split('\n'), [
      'configuration  version 0123456789abcdef  fetched 2026-11-27T18:00:00.000Z from 192.0.2.17  outdated',
      'itl  version 0123456789abcdef  fetched 2026-11-27T18:00:00.000Z from (not known)  current',
      '',
    ]);
    assert.deepEqual(JSON.parse((await run('fetched', 'SEP001122334455', '--json')).out), service.answer);
    service.answer = { items: [] };
    assert.equal((await run('fetched', 'SEP001122334455')).out, 'nothing was fetched here\n');
    assert.equal(service.calls[0]?.call, 'GET /v1/devices/SEP001122334455/files');
  });
});
