import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, beforeEach, describe, it } from 'node:test';
import { RecordingService } from '../testing/recording-service.js';

/** Somebody at a terminal who types this, and what the terminal was told of echo. */
function terminalOf(typed: string) {
  const raw: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => raw.push(on) });
  stdin.write(typed);
  return { stdin, raw };
}

describe('opencapf authority create and change', () => {
  let service: RecordingService;
  let directory: string;

  before(async () => {
    service = await RecordingService.start();
    directory = await mkdtemp(join(tmpdir(), 'opencapf-authority-'));
    await writeFile(join(directory, 'pin.txt'), '271828\n');
    await writeFile(join(directory, 'settings.json'), '{"timeoutSeconds":5}');
  });
  beforeEach(() => {
    service.calls.length = 0;
    service.status = 200;
    service.answer = {};
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  const sent = (): unknown => JSON.parse(service.calls[0]?.body.toString() ?? 'null');
  const hsm = ['--pkcs11-module', '/usr/lib/p11.so', '--token', 'opencapf', '--key-label', 'issuer'];
  const location = { kind: 'pkcs11', module: '/usr/lib/p11.so', tokenLabel: 'opencapf', keyLabel: 'issuer' };

  it('say that a key lies in an HSM, whose PIN comes from a file or the environment', async () => {
    const create = ['authority', 'create', 'local', 'HSM', ...hsm];
    assert.equal((await service.run([...create, '--pin-file', 'pin.txt'], directory)).code, 0);
    const expected = { name: 'HSM', kind: 'local', configuration: { location }, secrets: { pin: '271828' } };
    assert.deepEqual(sent(), expected);
    service.calls.length = 0;
    await service.run(create, directory, { env: { OPENCAPF_AUTHORITY_PIN: '271828' } });
    assert.deepEqual(sent(), expected);
  });

  it('ask for a PIN or a passphrase on a terminal without showing it', async () => {
    const { stdin, raw } = terminalOf('27\u007f71828\r');
    const asked = await service.run(['authority', 'create', 'local', 'HSM', ...hsm], directory, { stdin });
    assert.deepEqual([asked.code, asked.err], [0, 'PIN of the token: \n']);
    assert.deepEqual(raw, [true, false]);
    assert.deepEqual((sent() as { secrets: object }).secrets, { pin: '271828' });
    service.calls.length = 0;
    const file = ['authority', 'create', 'local', 'Filed', '--key-path', '/etc/opencapf/issuer.pem'];
    await service.run(file, directory, { stdin: terminalOf('\r').stdin });
    assert.deepEqual(sent(), {
      name: 'Filed',
      kind: 'local',
      configuration: { location: { kind: 'file', path: '/etc/opencapf/issuer.pem' } },
      secrets: {},
    });
    service.calls.length = 0;
    const change = ['authority', 'change', 'HSM', '--ask', 'pin'];
    const givenUp = await service.run(change, directory, { stdin: terminalOf('27\u0003').stdin });
    assert.deepEqual([givenUp.code, service.calls.length], [2, 0], givenUp.err);
  });

  it('change what is said, take away what is unset, and leave the rest', async () => {
    const args = ['--config', 'settings.json', '--url', 'https://ca.example', '--secret-file', 'secret=pin.txt'];
    const nothing = ['--unset', 'label', '--unset-secret', 'password'];
    assert.equal((await service.run(['authority', 'change', 'Site CA', ...args, ...nothing], directory)).code, 0);
    assert.equal(service.calls[0]?.call, 'PATCH /v1/authorities/Site%20CA');
    assert.deepEqual(sent(), {
      configuration: { timeoutSeconds: 5, url: 'https://ca.example', label: null },
      secrets: { secret: '271828', password: null },
    });
  });

  it('refuse what does not go together before anything is asked of the service', async () => {
    for (const [args, words] of [
      [['change', 'x'], /nothing to change/],
      [['create', 'local', 'x', '--key-path', '/a', '--pkcs11-module', '/b'], /not in both/],
      [['create', 'local', 'x', '--token', 'opencapf'], /--pkcs11-module/],
      [['change', 'x', '--pin-file', 'none.txt'], /cannot read .*none\.txt: ENOENT/],
      [['create', 'local', 'x', '--key-file', 'none.p12'], /cannot read .*none\.p12: ENOENT/],
    ] as const) {
      const { code, err } = await service.run(['authority', ...args], directory);
      assert.equal(code, 2, err);
      assert.match(err, words);
    }
    const unknown = await service.run(['authority', 'change', 'x', '--secret-file', 'secret'], directory);
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, /a name, "=" and a file/);
    assert.equal(service.calls.length, 0);
  });
});
