import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import type { DatabaseConnection } from '../database/connection.js';
import { startEmbeddedDatabase } from './index.js';

const isRoot = process.getuid?.() === 0;
const patience = { timeout: 60_000 };

async function inDirectory(work: (dataDir: string, parent: string) => Promise<void>): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), 'opencapf-supervisor-'));
  try {
    await work(join(parent, 'data'), parent);
  } finally {
    await rm(parent, { recursive: true, force: true, maxRetries: 10 });
  }
}

const start = async (
  dataDir: string,
  more: { readonly startTimeoutMs?: number; readonly log?: (line: string) => void } = {},
) => await startEmbeddedDatabase({ dataDir, durable: false, ...more });

async function ask(connection: DatabaseConnection, statement: string): Promise<unknown[]> {
  const client = new Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query({ text: statement, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

async function postmasterOf(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);
}

/** Whether another server runs than this one; between the two there is no file that names one, or an empty one. */
async function isSucceeded(dataDir: string, pid: number): Promise<boolean> {
  return ![0, pid].includes(await postmasterOf(dataDir).catch(() => 0));
}

/** Whether a process runs; one that ended and was not waited for does not. */
async function runs(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ' Z');
  return !/ Z/.test(state);
}

async function until(met: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (await met()) return;
    await delay(20);
  }
  assert.fail(`never: ${what}`);
}

const program = `
  const [module, dataDir] = process.argv.slice(1);
  const { startEmbeddedDatabase } = await import(module);
  try {
    const { connection, adopted } = await startEmbeddedDatabase({ dataDir, durable: false });
    console.log(JSON.stringify({ host: connection.host, adopted }));
    setInterval(() => {}, 1000);
  } catch (fault) {
    console.log(JSON.stringify({ code: fault.code, message: fault.message }));
  }
`;

/** A process of its own that starts the server and stays. */
function starter(dataDir: string, uid?: number): ChildProcess {
  const module = new URL('./index.js', import.meta.url).href;
  return spawn(process.execPath, ['--input-type=module', '--eval', program, module, dataDir], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
}

function canRead(file: string, uid: number): boolean {
  const reading = ['--eval', 'require("node:fs").accessSync(process.argv[1], 4)', file];
  return spawnSync(process.execPath, reading, { cwd: '/', uid, gid: uid, stdio: 'ignore' }).status === 0;
}

async function firstLine(child: ChildProcess): Promise<Record<string, unknown>> {
  assert.ok(child.stdout !== null);
  const [chunk] = await once(child.stdout, 'data');
  return JSON.parse(String(chunk));
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('a first start makes a database, a second one keeps it, and a stop leaves no process', patience, async () => {
  await inDirectory(async (dataDir) => {
    const lines: string[] = [];
    const first = await start(dataDir, { log: (line) => lines.push(line) });
    assert.equal(first.adopted, false);
    assert.deepEqual(lines, ['Making the embedded PostgreSQL database.']);
    const settings =
      "select current_setting('listen_addresses'), current_setting('TimeZone'), current_setting('password_encryption')";
    assert.deepEqual(await ask(first.administration, settings), ['', 'UTC', 'scram-sha-256']);
    assert.deepEqual(await ask(first.connection, 'select rolsuper from pg_roles where rolname = current_user'), [
      false,
    ]);
    await ask(first.connection, 'create table kept as select 7 as n');
    const pid = await postmasterOf(dataDir);
    assert.equal((await stat(first.connection.host)).mode & 0o777, 0o700);
    await assert.rejects(ask({ ...first.connection, password: 'wrong' }, 'select'), { code: '28P01' });
    await Promise.all([first.stop(), first.stop()]);
    await until(async () => !(await runs(pid)), 'the server, which has given up its memory by then, has ended');
    await assert.rejects(stat(first.connection.host), { code: 'ENOENT' });
    await using second = await start(dataDir);
    assert.deepEqual(await ask(second.connection, 'select n from kept'), [7]);
    assert.equal((await stat(join(dataDir, 'postgres/opencapf.password'))).mode & 0o777, 0o600);
  });
});

test('the next start adopts the server of a starter that was killed', patience, async () => {
  await inDirectory(async (dataDir) => {
    const child = starter(dataDir);
    const { host } = await firstLine(child);
    const pid = await postmasterOf(dataDir);
    await killed(child);
    assert.equal(await runs(pid), true);
    await using next = await start(dataDir);
    assert.deepEqual([next.adopted, next.connection.host, await postmasterOf(dataDir)], [true, host, pid]);
    await next.stop();
    await until(async () => !(await runs(pid)), 'the server, which has given up its memory by then, has ended');
  });
});

test('the server is in a session of its own, out of reach of Ctrl-C', patience, async () => {
  await inDirectory(async (dataDir) => {
    await using server = await start(dataDir);
    const pid = await postmasterOf(dataDir);
    const session = execFileSync('ps', ['-o', 'sid=', '-p', String(pid)], { encoding: 'utf8' });
    assert.equal(Number(session), pid);
    assert.deepEqual(await ask(server.connection, 'select 1'), [1]);
  });
});

test('after a kill of starter and server the next start recovers what was committed', patience, async () => {
  await inDirectory(async (dataDir) => {
    const child = starter(dataDir);
    const { host } = await firstLine(child);
    const password = await readFile(join(dataDir, 'postgres/opencapf.password'), 'utf8');
    const connection = { host: String(host), port: 5432, user: 'opencapf', password, database: 'opencapf' };
    await ask(connection, 'create table kept as select 7 as n');
    const pid = await postmasterOf(dataDir);
    process.kill(pid, 'SIGKILL');
    await killed(child);
    await using next = await start(dataDir);
    assert.equal(next.adopted, false);
    assert.deepEqual(await ask(next.connection, 'select n from kept'), [7]);
    await assert.rejects(stat(String(host)), { code: 'ENOENT' });
  });
});

test('a server that dies comes back at the same address', patience, async () => {
  await inDirectory(async (dataDir) => {
    await using server = await start(dataDir);
    const pid = await postmasterOf(dataDir);
    process.kill(pid, 'SIGKILL');
    const answers = async (): Promise<boolean> =>
      await ask(server.connection, 'select 1').then(
        () => true,
        () => false,
      );
    await until(async () => (await isSucceeded(dataDir, pid)) && (await answers()), 'the server is back');
  });
});

test('a killed server whose child still works is started again when the child has ended', patience, async () => {
  await inDirectory(async (dataDir) => {
    await using server = await start(dataDir);
    const pid = await postmasterOf(dataDir);
    const busy = new Client(server.connection);
    busy.on('error', () => undefined);
    await busy.connect();
    const [{ child } = {}] = (await busy.query('select pg_backend_pid() as child')).rows;
    // Computes without ever waiting: a child that waits notices its server's death at once.
    const work = busy.query(`do $$ declare begun timestamptz := clock_timestamp(); begin
      while clock_timestamp() < begun + interval '2 s' loop end loop; end $$`);
    const ended = Promise.allSettled([work]);
    const state = `select state from pg_stat_activity where pid = ${child}`;
    await until(async () => (await ask(server.connection, state))[0] === 'active', 'the child works');
    process.kill(pid, 'SIGKILL');
    await until(async () => await isSucceeded(dataDir, pid), 'another server runs');
    assert.equal(await runs(child), false);
    await ended;
    await busy.end();
  });
});

test(
  'a lock file whose number is another process by now does not keep the server from starting',
  patience,
  async () => {
    await inDirectory(async (dataDir) => {
      await (await start(dataDir)).stop();
      const owner = (await stat(join(dataDir, 'postgres'))).uid;
      const stranger = spawn('sleep', ['60'], { stdio: 'ignore', ...(isRoot && { uid: owner, gid: owner }) });
      try {
        const lock = join(dataDir, 'postgres/postmaster.pid');
        await writeFile(lock, `${stranger.pid}\n${dataDir}/postgres\n1\n5432\n/tmp/opencapf-000000\n\n`);
        if (isRoot) await chown(lock, owner, owner);
        await using server = await start(dataDir);
        assert.deepEqual(await ask(server.connection, 'select 1'), [1]);
      } finally {
        stranger.kill();
      }
    });
  },
);

test('a kill in the middle of making the database leaves nothing half made', patience, async () => {
  await inDirectory(async (dataDir) => {
    const half = async (): Promise<string[]> =>
      (await readdir(dataDir).catch(() => [])).filter((name) => name.startsWith('postgres.init-'));
    const child = starter(dataDir);
    await until(async () => (await half()).length > 0, 'the making begins');
    await killed(child);
    await assert.rejects(stat(join(dataDir, 'postgres')), { code: 'ENOENT' });
    await using server = await start(dataDir);
    assert.deepEqual(await ask(server.connection, 'select 1'), [1]);
    assert.deepEqual(await half(), []);
  });
});

test('two that start at once on an empty directory share one server', patience, async () => {
  await inDirectory(async (dataDir) => {
    const [one, other] = await Promise.all([start(dataDir), start(dataDir)]);
    assert.equal(one.connection.host, other.connection.host);
    assert.deepEqual([one.adopted, other.adopted].sort(), [false, true]);
    await Promise.all([one.stop(), other.stop()]);
  });
});

test('two data directories have nothing in common', patience, async () => {
  await inDirectory(async (dataDir) => {
    await inDirectory(async (otherDir) => {
      await using one = await start(dataDir);
      await using other = await start(otherDir);
      assert.notEqual(one.connection.host, other.connection.host);
      await one.stop();
      assert.deepEqual(await ask(other.connection, 'select 1'), [1]);
    });
  });
});

test('a start that is given up leaves no server', patience, async () => {
  await inDirectory(async (dataDir) => {
    await assert.rejects(startEmbeddedDatabase({ dataDir, durable: false, signal: AbortSignal.timeout(300) }));
    await (await start(dataDir)).stop();
    await assert.rejects(startEmbeddedDatabase({ dataDir, durable: false, signal: AbortSignal.abort() }));
    await assert.rejects(postmasterOf(dataDir), { code: 'ENOENT' });
  });
});

test('a directory that will not do is told with the name of the setting', patience, async () => {
  await inDirectory(async (dataDir, parent) => {
    const told = async (code: string): Promise<void> => {
      await assert.rejects(start(dataDir), (fault: Error & { code: string }) => {
        assert.equal(fault.code, code);
        assert.match(fault.message, /OPENCAPF_DATA_DIR/);
        assert.ok(!fault.message.includes('\n'));
        return true;
      });
    };
    await writeFile(dataDir, 'a file');
    await told('data-directory-not-a-directory');
    await rm(dataDir);
    await mkdir(join(dataDir, 'postgres'), { recursive: true });
    await writeFile(join(dataDir, 'postgres/letter.txt'), 'dear');
    await told('database-directory-foreign');
    await writeFile(join(dataDir, 'postgres/PG_VERSION'), '15\n');
    await told('database-directory-version');
    if (isRoot) return;
    await rm(dataDir, { recursive: true });
    await chmod(parent, 0o500);
    await told('data-directory-not-writable');
    await chmod(parent, 0o700);
  });
});

test('a server that cannot start says why in one line', patience, async () => {
  await inDirectory(async (dataDir) => {
    await (await start(dataDir)).stop();
    await writeFile(join(dataDir, 'postgres/postgresql.conf'), "shared_buffers = 'nonsense'\n");
    await assert.rejects(start(dataDir), {
      code: 'embedded-database-start-failed',
      message: /^[^\n]*shared_buffers[^\n]*$/,
    });
    assert.deepEqual((await readdir(dataDir)).sort(), ['postgres', 'postgres-libraries', 'postgres-start.log']);
  });
});

test('a password that the server does not know is told', patience, async () => {
  await inDirectory(async (dataDir) => {
    await (await start(dataDir)).stop();
    await writeFile(join(dataDir, 'postgres/opencapf.password'), 'another');
    await assert.rejects(start(dataDir), { code: 'embedded-database-password-refused' });
    await assert.rejects(postmasterOf(dataDir), { code: 'ENOENT' });
  });
});

test('as root, below a directory closed to others: served, and no mode changed', {
  ...patience,
  skip: !isRoot,
}, async () => {
  await inDirectory(async (dataDir, parent) => {
    await mkdir(dataDir, { mode: 0o700 });
    await using server = await start(dataDir);
    assert.deepEqual(await ask(server.connection, 'select 1'), [1]);
    assert.notEqual((await stat(join(dataDir, 'postgres'))).uid, 0);
    assert.deepEqual([(await stat(parent)).mode & 0o777, (await stat(dataDir)).mode & 0o777], [0o700, 0o700]);
    const status = await readFile(`/proc/${await postmasterOf(dataDir)}/status`, 'utf8');
    assert.match(status, /CapEff:\s*0000000000000004/);
  });
});

test('as root, with setpriv missing: the setting is named', { ...patience, skip: !isRoot }, async () => {
  await inDirectory(async (dataDir, parent) => {
    await mkdir(dataDir, { mode: 0o700 });
    const child = spawn(
      process.execPath,
      ['--input-type=module', '--eval', program, new URL('./index.js', import.meta.url).href, dataDir],
      { cwd: '/', stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: parent } },
    );
    const { code, message } = await firstLine(child);
    assert.equal(code, 'embedded-database-directory-unreachable');
    assert.match(String(message), /OPENCAPF_DATA_DIR/);
    await once(child, 'exit');
  });
});

test('as an ordinary user, below a directory of its own closed to others', {
  ...patience,
  skip: !isRoot,
}, async (context) => {
  const nobody = 65_534;
  await inDirectory(async (dataDir, parent) => {
    await chown(parent, nobody, nobody);
    if (!canRead(fileURLToPath(import.meta.url), nobody)) {
      context.skip('this clone lies where an ordinary user cannot read it');
      return;
    }
    const child = starter(dataDir, nobody);
    try {
      const started = await firstLine(child);
      assert.equal(started['adopted'], false, JSON.stringify(started));
      const pid = await postmasterOf(dataDir);
      assert.equal((await stat(join(dataDir, 'postgres'))).uid, nobody);
      await killed(child);
      // Root finds the directory in another user's hands and runs the server as that user.
      await using next = await start(dataDir);
      assert.deepEqual([next.adopted, await postmasterOf(dataDir)], [true, pid]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
