import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { openSql } from '../testing/facts.js';
import { testDatabase } from '../testing/index.js';
import { listenOn } from './listening.js';

test('announcements are heard, and it is said when and since when none is', async () => {
  await using opened = await testDatabase({ migrated: false });
  await using sql = await openSql(opened);
  const events = new EventEmitter();
  const stop = listenOn(opened.database, ['one', 'Other "channel"'], {
    heard: (channel, payload) => events.emit('heard', channel, payload),
    listening: () => events.emit('listening'),
    deaf: () => events.emit('deaf'),
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
  await Promise.all([deaf, again]);
  const heard = once(events, 'heard');
  await sql.run("select pg_notify('one', 'SEP2')");
  assert.deepEqual(await heard, ['one', 'SEP2']);

  events.on('deaf', () => assert.fail('it was stopped'));
  await stop();
  await stop();
  const left =
    "select count(*)::integer as n from pg_stat_activity where application_name = 'opencapf listening' and datname = current_database()";
  assert.deepEqual(await sql.run(left), [{ n: 0 }]);
});
