import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSql } from '../testing/facts.js';
import { testDatabase } from '../testing/index.js';
import { connectDatabase } from './connect.js';
import { migrateDatabase } from './migrate.js';

test('several nodes that start at once migrate a database once', async () => {
  await using empty = await testDatabase({ migrated: false });
  const nodes = await Promise.all(
    [1, 2, 3, 4].map(async () => await connectDatabase(empty.url, { maxConnections: 1 })),
  );
  try {
    const results = await Promise.all(nodes.map(async (node) => await migrateDatabase(node)));
    assert.deepEqual(
      results.flatMap(({ applied }) => applied),
      ['0001-foundation'],
    );
    assert.deepEqual(
      results.flatMap(({ warnings }) => warnings),
      [],
    );
  } finally {
    for (const node of nodes) await node.close();
  }
});

test('a database of a newer version is refused by its name and left alone', async () => {
  await using newer = await testDatabase();
  await using sql = await openSql(newer);
  await sql.run("insert into opencapf_private.migration (name, timestamp) values ('9999-later', 'x')");
  await assert.rejects(migrateDatabase(newer.database), { code: 'database-newer', message: /9999-later/ });
});

test('a migration that fails leaves nothing half done', async () => {
  await using empty = await testDatabase({ migrated: false });
  await using sql = await openSql(empty);
  await sql.run('create view public.device as select 1');
  await assert.rejects(migrateDatabase(empty.database), {
    code: 'database-migration-failed',
    message: /"device" already exists/,
  });
  const [tables] = await sql.run("select to_regclass('opencapf_private.device') as found");
  assert.deepEqual(tables, { found: null });
});

test('a user without rights on the database is told so', async (context) => {
  await using empty = await testDatabase({ migrated: false });
  await using sql = await openSql(empty);
  const [user] = await sql.run('select rolsuper from pg_roles where rolname = current_user');
  if (user?.['rolsuper'] === true) {
    context.skip('the database user may do everything');
    return;
  }
  await sql.run('revoke create on schema public from pg_database_owner');
  await assert.rejects(migrateDatabase(empty.database), { code: 'database-privileges' });
});
