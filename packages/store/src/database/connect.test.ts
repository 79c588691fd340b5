import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { sql } from 'kysely';
import { openSql } from '../testing/facts.js';
import { testDatabase } from '../testing/index.js';
import { connectDatabase } from './connect.js';

const password = 'planted-password';

async function refusal(url: string, deadlineMs = 400): Promise<{ code: string; message: string; took: number }> {
  const begun = performance.now();
  try {
    const database = await connectDatabase(url, { deadlineMs });
    await database.close();
  } catch (fault) {
    const { code, message, stack = '' } = fault as Error & { code: string };
    assert.ok(!`${message}${stack}`.includes(password), message);
    assert.ok(!message.includes('\n'), message);
    return { code, message, took: performance.now() - begun };
  }
  assert.fail('connected');
}

async function listening(onSocket: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer(onSocket);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { server, port: address.port };
}

test('what keeps a connection from being made is told by its code, without credentials', async () => {
  await using database = await testDatabase();
  const url = new URL(database.url);
  const missing = new URL(url);
  missing.pathname = '/no_such_database';
  const { server, port } = await listening(() => undefined);
  server.close();
  assert.equal((await refusal(missing.href)).code, 'database-missing');
  assert.equal((await refusal(`postgres://user:${password}@127.0.0.1:${port}/db`)).code, 'database-refused');
  // No resolver is asked about a label of 64 characters.
  const nowhere = `${'x'.repeat(64)}.invalid`;
  assert.equal((await refusal(`postgres://user:${password}@${nowhere}/db`)).code, 'database-host-unknown');
  assert.equal((await refusal(`mysql://user:${password}@localhost/db`)).code, 'database-url-invalid');
  assert.equal((await refusal(`${password} is no url`)).code, 'database-url-invalid');
});

test('a wrong password is told apart', async () => {
  await using database = await testDatabase();
  const url = new URL(database.url);
  // A server that trusts everybody looks at no password, but it does look for the user.
  url.username = 'opencapf_no_such_user';
  url.password = password;
  assert.equal((await refusal(url.href)).code, 'database-authentication-failed');
});

test('a server that takes connections and says nothing is given up at the deadline', async () => {
  const sockets = new Set<Socket>();
  const { server, port } = await listening((socket) => sockets.add(socket));
  try {
    const { code, took } = await refusal(`postgres://user:${password}@127.0.0.1:${port}/db`, 600);
    assert.equal(code, 'database-unreachable');
    assert.ok(took < 5_000, `${took} ms`);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

test('a server older than 15 is refused by its version', async () => {
  const { server, port } = await listening((socket) => {
    const message = (kind: string, body: Buffer): Buffer => {
      const head = Buffer.alloc(5);
      head.write(kind);
      head.writeUInt32BE(body.length + 4, 1);
      return Buffer.concat([head, body]);
    };
    const field = (name: string): Buffer =>
      Buffer.concat([
        Buffer.from(`${name}\0`),
        Buffer.from('000000000000000000190000ffffffff0000', 'hex').subarray(0, 18),
      ]);
    const value = (text: string): Buffer => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(Buffer.byteLength(text));
      return Buffer.concat([length, Buffer.from(text)]);
    };
    const ready = message('Z', Buffer.from('I'));
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', Buffer.alloc(4)), ready]));
      socket.once('data', () => {
        const two = Buffer.from([0, 2]);
        socket.write(
          Buffer.concat([
            message('T', Buffer.concat([two, field('number'), field('name')])),
            message('D', Buffer.concat([two, value('140011'), value('14.11')])),
            message('C', Buffer.from('SELECT 1\0')),
            ready,
          ]),
        );
      });
    });
  });
  try {
    const { code, message } = await refusal(`postgres://user:${password}@127.0.0.1:${port}/db`, 2_000);
    assert.equal(code, 'database-too-old');
    assert.match(message, /14\.11/);
  } finally {
    server.close();
  }
});

test('a connection that the server ends, idle or lent, harms nobody', async () => {
  const lines: string[] = [];
  await using database = await testDatabase({ maxConnections: 2, log: (line) => lines.push(line) });
  await using admin = await openSql(database);
  const { queries } = database.database;
  const kill = async (): Promise<unknown> =>
    await admin.run(
      "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'opencapf' and datname = current_database()",
    );
  await sql`select 1`.execute(queries);
  await kill();
  assert.deepEqual((await sql`select 1 as one`.execute(queries)).rows, [{ one: 1 }]);
  await assert.rejects(
    database.database.transaction(async (transaction) => {
      await sql`select 1`.execute(transaction);
      await kill();
      await sql`select 1`.execute(transaction);
    }),
    { code: 'database-lost' },
  );
  assert.deepEqual((await sql`select 1 as one`.execute(queries)).rows, [{ one: 1 }]);
});

test('a statement that runs too long ends and its connection stays good', async () => {
  await using database = await testDatabase({ maxConnections: 1, statementTimeoutMs: 100 });
  const { queries } = database.database;
  await assert.rejects(sql`select pg_sleep(5)`.execute(queries), { code: '57014' });
  assert.deepEqual((await sql`select 1 as one`.execute(queries)).rows, [{ one: 1 }]);
});

test('a statement apart is prepared once, and none of a session waits for it', async () => {
  await using opened = await testDatabase({ maxConnections: 1 });
  await using other = await openSql(opened);
  const { preparedApart, prepared, queries } = opened.database;
  const lock = 1_804_289_383;
  const take = async (): Promise<unknown> =>
    await preparedApart('take-lock', 'select pg_advisory_xact_lock($1)', [lock]);
  await take();
  await take();
  const known = sql<{ name: string }>`select name from pg_prepared_statements`;
  assert.deepEqual((await known.execute(queries)).rows, [{ name: 'take-lock' }]);

  await other.run('select pg_advisory_lock($1)', [lock]);
  const waiting = take();
  assert.deepEqual((await prepared('one', 'select 1 as one', [])).rows, [{ one: 1 }]);
  await other.run('select pg_advisory_unlock($1)', [lock]);
  await waiting;
});

test('a statement apart whose connection breaks says so', async () => {
  await using opened = await testDatabase({ maxConnections: 1 });
  const { preparedApart } = opened.database;
  const ended = preparedApart('end', 'select pg_terminate_backend(pg_backend_pid())', []);
  await assert.rejects(ended, { code: 'database-lost' });
  assert.deepEqual((await preparedApart('one', 'select 1 as one', [])).rows, [{ one: 1 }]);
});

test('a transaction that fails leaves nothing', async () => {
  await using database = await testDatabase();
  const add = database.database.transaction(async (queries) => {
    await queries.insertInto('device').values({ name: 'SEP000000000001' }).execute();
    throw new Error('no');
  });
  await assert.rejects(add, { message: 'no' });
  assert.deepEqual(await database.database.queries.selectFrom('device').select('name').execute(), []);
});
