import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { openSql } from '../testing/facts.js';
import { testDatabase } from '../testing/index.js';
import { connectDatabase } from './connect.js';
import { listenOn } from './listening.js';

test('announcements are heard, and it is said when and since when none is', async () => {
  await using opened = await testDatabase({ migrated: false });
  await using sql = await openSql(opened);
  const events = new EventEmitter();
  const listening = listenOn(opened.database, ['one', 'Other "channel"'], {
    heard: (channel, payload) => events.emit('heard', channel, payload),
    listening: () => events.emit('listening'),
    deaf: () => events.emit('deaf', listening.hasHeard()),
  });
  await once(events, 'listening');
  for (const channel of ['one', 'Other "channel"', 'third', 'one']) {
    const heard = channel === 'third' ? undefined : once(events, 'heard');
    await sql.run('select pg_notify($1, $2)', [channel, 'SEP1']);
    if (heard !== undefined) assert.deepEqual(await heard, [channel, 'SEP1']);
  }
  const again = once(events, 'listening');
  const deaf = once(events, 'deaf');
  await sql.run(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'opencapf listening' and datname = current_database()",
  );
  const [[heardThen]] = await Promise.all([deaf, again]);
  assert.equal(await heardThen, false);
  const heard = once(events, 'heard');
  await sql.run("select pg_notify('one', 'SEP2')");
  assert.deepEqual(await heard, ['one', 'SEP2']);

  // What has been committed is heard before it is said that all was.
  let last = 0;
  events.on('heard', (_channel, payload) => {
    last = Number(payload);
  });
  for (let n = 1; n <= 100; n += 1) {
    await sql.run("select pg_notify('one', $1)", [String(n)]);
    assert.equal(await listening.hasHeard(), true);
    assert.equal(last, n);
  }

  const warned = (warning: Error): void => assert.fail(warning);
  process.on('warning', warned);
  assert.deepEqual(new Set(await Promise.all(Array.from({ length: 5 }, listening.hasHeard))), new Set([true]));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', warned);

  events.on('deaf', () => assert.fail('it was stopped'));
  await listening.stop();
  await listening.stop();
  assert.equal(await listening.hasHeard(), false);
  const left =
    "select count(*)::integer as n from pg_stat_activity where application_name = 'opencapf listening' and datname = current_database()";
  assert.deepEqual(await sql.run(left), [{ n: 0 }]);
});

test('nobody says that all was heard where a pooler answers, which may pass nothing on', async () => {
  await using opened = await testDatabase({ migrated: false });
  await using pooler = await startProxy(opened.url, 'pooler');
  await using database = await connectDatabase(pooler.url);
  const events = new EventEmitter();
  const listening = listenOn(database, ['one'], {
    heard: () => undefined,
    listening: () => events.emit('listening'),
    deaf: (fault) => events.emit('error', fault),
  });
  assert.equal(await listening.hasHeard(), false, 'nothing is heard yet');
  await once(events, 'listening');
  assert.equal(await listening.hasHeard(), false);
  await listening.stop();
});

test('a connection on which a question is not answered is given up, and another one is made', async () => {
  await using opened = await testDatabase({ migrated: false });
  await using proxy = await startProxy(opened.url);
  await using database = await connectDatabase(proxy.url);
  const events = new EventEmitter();
  const hearer = {
    heard: () => undefined,
    listening: () => events.emit('listening'),
    deaf: () => events.emit('deaf'),
  };
  const listening = listenOn(database, ['one'], hearer, { patience: 200, again: 1 });
  await once(events, 'listening');
  assert.equal(await listening.hasHeard(), true);
  proxy.swallow();
  const deaf = once(events, 'deaf');
  const again = once(events, 'listening');
  await assert.rejects(listening.hasHeard());
  await deaf;
  proxy.restore();
  await again;
  assert.equal(await listening.hasHeard(), true);
  await listening.stop();
});

/**
 * Stands before a server. As a pooler does it tells a number of its own in place of that of the server's process; what it swallows it
 * tells nobody of.
 */
async function startProxy(url: string, kind?: 'pooler') {
  const target = new URL(url);
  const host = decodeURIComponent(target.hostname);
  const port = target.port === '' ? 5432 : Number(target.port);
  let swallows = false;
  const server = createServer((client) => {
    const upstream = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect({ host, port });
    client.pipe(upstream);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    upstream.once('close', () => client.destroy());
    client.once('close', () => upstream.destroy());
    upstream.on('data', (bytes: Buffer) => {
      if (swallows) return;
      const keyData = bytes.indexOf(Buffer.from('4b0000000c', 'hex'));
      if (kind === 'pooler' && keyData >= 0) bytes.writeUInt32BE(0, keyData + 5);
      client.write(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const { username, password, pathname } = target;
  return {
    url: `postgres://${username}:${password}@127.0.0.1:${address.port}${pathname}`,
    swallow() {
      swallows = true;
    },
    restore() {
      swallows = false;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
