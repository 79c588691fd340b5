import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Ran, RecordingService } from '../testing/recording-service.js';

const signer = {
  purpose: 'sast',
  state: 'staged',
  notAfter: '2046-11-22T00:00:00.000Z',
  subject: 'CN=SAST-1',
  sha256: 'aa',
  hasKey: true,
  fetches: { isListed: true, devices: 2, waiting: 1, waitingDevices: ['SEP001122334455'] },
};

describe('opencapf itl', () => {
  let service: RecordingService;
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'opencapf-itl-'));
    service = await RecordingService.start();
    await writeFile(join(directory, 'passphrase'), 'kept in a safe\n');
    await writeFile(join(directory, 'ccm.pem'), 'the certificate');
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  beforeEach(() => {
    service.calls.length = 0;
    service.status = 200;
    service.answer = { items: [signer] };
  });
  const run = async (...args: readonly string[]): Promise<Ran> => await service.run(['itl', ...args], directory);
  const asked = () => service.calls.map(({ call, body }) => [call, body.length === 0 ? {} : JSON.parse(String(body))]);

  it('shows who signs files, and who has not fetched the list that holds a staged signer', async () => {
    const { code, out } = await run('signer', 'show');
    assert.deepEqual(
      [code, out],
      [0, 'sast  staged  until 2046-11-22  CN=SAST-1  aa  not fetched by 1 of 2: SEP001122334455\n'],
    );
    assert.deepEqual(JSON.parse((await run('signer', 'show', '--json')).out), { items: [signer] });
  });

  it('stages, switches and discards signers', async () => {
    for (const args of [
      ['stage', 'tftp'],
      ['switch', 'tftp'],
      ['switch', 'sast', '--override'],
      ['discard', 'sast'],
    ]) {
      assert.equal((await run('signer', ...args)).code, 0);
    }
    assert.deepEqual(asked(), [
      ['POST /v1/trust-list/signers/tftp/stage', {}],
      ['POST /v1/trust-list/signers/tftp/switch', { override: false }],
      ['POST /v1/trust-list/signers/sast/switch', { override: true }],
      ['DELETE /v1/trust-list/signers/sast/staged', {}],
    ]);
    assert.notEqual((await run('signer', 'stage', 'recovery')).code, 0);
  });

  it('keeps certificates on record', async () => {
    service.answer = { id: 7, role: 'CCM', notAfter: '2030-01-31T00:00:00.000Z', subject: 'CN=ccm', dnsName: '' };
    const { out } = await run('entries', 'add', 'ccm.pem', '--role', 'CCM', '--dns-name', 'ccm.example');
    assert.equal(out, '7  CCM  until 2030-01-31  CN=ccm  -\n');
    await run('entries', 'remove', '7');
    assert.deepEqual(asked(), [
      ['POST /v1/trust-list/entries', { role: 'CCM', certificate: 'the certificate', dnsName: 'ccm.example' }],
      ['DELETE /v1/trust-list/entries/7', {}],
    ]);
  });

  it('writes the recovery key for its owner alone, and brings it back', async () => {
    service.answer = { certificate: 'CERTIFICATE\n', privateKey: 'KEY\n' };
    // A file of before may be readable by all.
    await writeFile(join(directory, 'recovery.pem'), 'before', { mode: 0o644 });
    const exported = await run('recovery', 'export', '--out', 'recovery.pem', '--passphrase-file', 'passphrase');
    assert.deepEqual([exported.code, exported.out], [0, '']);
    assert.equal(await readFile(join(directory, 'recovery.pem'), 'utf8'), 'CERTIFICATE\nKEY\n');
    assert.equal((await stat(join(directory, 'recovery.pem'))).mode & 0o777, 0o600);
    await run('recovery', 'begin', 'recovery.pem', '--passphrase-file', 'passphrase');
    await run('recovery', 'end');
    await run('recovery', 'remove-key');
    service.answer = { items: [signer] };
    assert.deepEqual(JSON.parse((await run('recovery', 'replace', '--json')).out), { items: [signer] });
    assert.deepEqual(asked(), [
      ['POST /v1/trust-list/recovery/export', { passphrase: 'kept in a safe' }],
      [
        'POST /v1/trust-list/recovery/begin',
        {
          keyFile: Buffer.from('CERTIFICATE\nKEY\n').toString('base64'),
          passphrase: 'kept in a safe',
          override: false,
        },
      ],
      ['POST /v1/trust-list/recovery/end', { override: false }],
      ['DELETE /v1/trust-list/recovery/key', {}],
      ['POST /v1/trust-list/recovery/replace', {}],
    ]);
  });

  it('asks twice for the passphrase of a key that is given out once', async () => {
    service.answer = { certificate: 'CERTIFICATE\n', privateKey: 'KEY\n' };
    const typing = async (typed: string): Promise<Ran> => {
      const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
      stdin.write(typed);
      return await service.run(['itl', 'recovery', 'export', '--out', 'typed.pem'], directory, { stdin });
    };
    const differing = await typing('kept in a safe\rkept in a sage\r');
    assert.deepEqual([differing.code, service.calls.length], [2, 0]);
    assert.match(differing.err, /the two passphrases differ/);
    assert.equal((await typing('kept in a safe\rkept in a safe\r')).code, 0);
    assert.deepEqual(asked(), [['POST /v1/trust-list/recovery/export', { passphrase: 'kept in a safe' }]]);
  });

  it('does not lose the recovery key to a file that cannot be written, and asks nobody without a passphrase', async () => {
    service.answer = { certificate: 'CERTIFICATE\n', privateKey: 'KEY\n' };
    const lost = await run('recovery', 'export', '--out', 'none/recovery.pem', '--passphrase-file', 'passphrase');
    assert.deepEqual([lost.code, lost.out], [2, 'CERTIFICATE\nKEY\n']);
    service.calls.length = 0;
    const none = await run('recovery', 'export', '--out', 'recovery.pem');
    assert.deepEqual([none.code, service.calls.length], [2, 0]);
  });

  it('tells what is served, releases phones and takes them back', async () => {
    service.answer = {
      isServed: true,
      servesCtl: false,
      signedBy: 'sast',
      releasedTo: null,
      lists: [{ kind: 'itl', version: 'v', bytes: 10, byteLimit: 65_535, certificates: 4, builtAt: 'now' }],
      records: [{ record: 1, role: 'SAST', notAfter: '2046-11-22T00:00:00Z', subject: 'CN=SAST', sha256: 'aa' }],
      warnings: [{ code: 'c', message: 'look at this' }],
    };
    const { out } = await run('status');
    assert.deepEqual(out.split('\n'), [
      'ITL  version v  10 of 65535 bytes  4 certificates  built now',
      '1  SAST  until 2046-11-22  CN=SAST  aa',
      'warning: look at this',
      '',
    ]);
    await run('release', '--to', 'ccm.pem');
    await run('take-back');
    await run('serve-ctl', 'enable');
    assert.deepEqual(asked().slice(1), [
      ['PUT /v1/trust-list/release', { certificate: 'the certificate' }],
      ['DELETE /v1/trust-list/release', {}],
      ['PUT /v1/trust-list/ctl', { serves: true }],
    ]);
  });
});
