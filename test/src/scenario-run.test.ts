import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { testDatabase } from '@opencapf/store/testing';
import { startPrivateService } from 'opencapf/private-service';
import { root, temporaryDirectory } from './support/service-process.js';

interface Run {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

async function scenarioRun(
  directory: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const program = join(root, 'packages', 'cli', 'bin', 'opencapf.js');
  const child = spawn(process.execPath, [program, 'scenario', 'run', ...args], {
    cwd: directory,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, out, err };
}

const knocks = `
scenarios:
  - name: a stranger is unknown
    steps:
      - phone: SEP00BB00000001
        expect: { outcome: unknownDevice }
  - name: a stranger is welcome
    steps:
      - phone: SEP00BB00000001
        expect: { outcome: installed }
`;

describe('opencapf scenario run', () => {
  it('runs against a private service, says what failed, and writes a JUnit report', async () => {
    using place = temporaryDirectory();
    writeFileSync(join(place.path, 'knocks.yaml'), knocks);
    const { status, out } = await scenarioRun(place.path, ['knocks.yaml', '--report', 'junit.xml']);
    assert.equal(status, 1, out);
    assert.match(out, /^pass {2}knocks\.yaml: a stranger is unknown/m);
    assert.match(out, /^FAIL {2}knocks\.yaml: a stranger is welcome/m);
    assert.match(out, /knocks\.yaml:9: phone SEP00BB00000001\n +outcome: expected installed, came unknownDevice\n/);
    assert.match(out, /^1 passed, 1 failed$/m);
    const report = readFileSync(join(place.path, 'junit.xml'), 'utf8');
    assert.match(report, /<testsuites name="opencapf scenario run" tests="2" failures="1"/);
  });

  it('runs against a running service, and leaves nothing there', async () => {
    using place = temporaryDirectory();
    await using database = await testDatabase({ migrated: false });
    await using service = await startPrivateService({ databaseUrl: database.url });
    const { host, port } = service.capf;
    const file = join(root, 'test', 'scenarios', 'key-order.yaml');
    const running = ['--server', service.admin, '--capf', `${host}:${port}`];
    const environment = { OPENCAPF_TOKEN: service.token, OPENCAPF_DATA_DIR: service.dataDir };
    const { status, out, err } = await scenarioRun(place.path, [file, ...running, '--json'], environment);
    assert.equal(status, 0, out + err);
    assert.equal(JSON.parse(out).failed, 0);
    const { queries } = database.database;
    assert.deepEqual(await queries.selectFrom('device').select('name').execute(), []);

    const wrongToken = { ...environment, OPENCAPF_TOKEN: 'another-token-0123456789' };
    const refused = await scenarioRun(place.path, [file, ...running], wrongToken);
    assert.equal(refused.status, 2, refused.out + refused.err);
    assert.match(refused.err, /^opencapf: .*401 token-refused.*OPENCAPF_TOKEN/);
    const needy = join(root, 'test', 'scenarios', 'small-keys.yaml');
    const impossible = await scenarioRun(place.path, [needy, ...running], environment);
    assert.equal(impossible.status, 2);
    assert.match(impossible.err, /small-keys\.yaml.*leave out --server/);
  });

  it('refuses what is no scenario file, and a service that is not there, with status 2 and one clear line', async () => {
    using place = temporaryDirectory();
    writeFileSync(join(place.path, 'wrong.yaml'), 'scenarios:\n  - name: x\n    steps:\n      - knock: twice\n');
    writeFileSync(join(place.path, 'knocks.yaml'), knocks);
    const wrong = await scenarioRun(place.path, ['wrong.yaml']);
    assert.deepEqual([wrong.status, wrong.out], [2, '']);
    assert.match(wrong.err, /^wrong\.yaml:4: names no step: /);
    const missing = await scenarioRun(place.path, ['missing.yaml']);
    assert.equal(missing.status, 2);
    assert.match(missing.err, /^opencapf: .*missing\.yaml/);
    const away = await scenarioRun(place.path, ['knocks.yaml', '--server', 'https://127.0.0.1:1']);
    assert.equal(away.status, 2);
    assert.match(away.err, /^opencapf: .*ECONNREFUSED/);
  });
});
