import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { sql } from 'kysely';
import { migrations, type SchemaSteps } from '../migrations/index.js';
import { beat, forgetNode } from '../records/nodes/nodes.js';
import { openSql } from '../testing/facts.js';
import { testDatabase } from '../testing/index.js';
import { connectDatabase } from './connect.js';
import { migrateDatabase } from './migrate.js';
import { checkSchemaNeeds } from './schema-fit.js';

test('several nodes that start at once migrate a database once', async () => {
  await using empty = await testDatabase({ migrated: false });
  const nodes = await Promise.all(
    [1, 2, 3, 4].map(async () => await connectDatabase(empty.url, { maxConnections: 1 })),
  );
  try {
    const results = await Promise.all(nodes.map(async (node) => await migrateDatabase(node)));
    assert.deepEqual(
      results.flatMap(({ applied }) => applied),
      Object.keys(migrations).sort(),
    );
    assert.deepEqual(
      results.flatMap(({ warnings }) => warnings),
      [],
    );
  } finally {
    for (const node of nodes) await node.close();
  }
});

/** A later version's program: one more migration. */
const later = (needs: string): SchemaSteps => ({
  ...migrations,
  '9001-later': {
    needs,
    async up(db) {
      await sql.raw('alter table opencapf_private.device add column later text').execute(db);
    },
  },
});

/** And the one after that. */
const last = (): SchemaSteps => ({
  ...later('0001-foundation'),
  '9002-last': {
    needs: '9001-later',
    async up(db) {
      await sql.raw('alter table opencapf_private.device rename column later to last').execute(db);
    },
  },
});

const someNode = () => ({ id: randomUUID(), host: 'there', processId: 7, version: '0.0.9' });

test('beside a new version whose migration it does not notice, the old one goes on and starts again', async () => {
  await using test = await testDatabase();
  await beat(test.database, someNode());
  assert.deepEqual((await migrateDatabase(test.database, later('0001-foundation'))).applied, ['9001-later']);
  await beat(test.database, someNode());
  await checkSchemaNeeds(test.database);
  const { applied, warnings } = await migrateDatabase(test.database);
  assert.deepEqual([applied, warnings.length], [[], 1]);
  assert.deepEqual((await migrateDatabase(test.database, later('0001-foundation'))).applied, []);
});

test('a migration that old nodes would notice waits until they are gone, and none starts after it', async () => {
  await using test = await testDatabase();
  const old = someNode();
  await beat(test.database, old);
  await migrateDatabase(test.database, later('0001-foundation'));
  await assert.rejects(migrateDatabase(test.database, last()), {
    code: 'database-nodes-too-old',
    message: /0\.0\.9 on there, process 7/,
  });
  await checkSchemaNeeds(test.database);
  await forgetNode(test.database, old.id);
  assert.deepEqual((await migrateDatabase(test.database, last())).applied, ['9002-last']);
  await assert.rejects(migrateDatabase(test.database), { code: 'database-newer', message: /9002-last/ });
  await assert.rejects(checkSchemaNeeds(test.database), { code: 'database-newer' });
  assert.deepEqual((await migrateDatabase(test.database, later('0001-foundation'))).applied, []);
});

test('a database of a version that went another way is refused, also if nothing newer is needed', async () => {
  await using test = await testDatabase();
  await migrateDatabase(test.database, later('0001-foundation'));
  const elsewhere: SchemaSteps = { ...migrations, '0003-elsewhere': { needs: '0001-foundation', up: async () => {} } };
  await assert.rejects(migrateDatabase(test.database, elsewhere), { code: 'database-newer', message: /9001-later/ });
});

test('a migration that fails leaves nothing half done', async () => {
  await using empty = await testDatabase({ migrated: false });
  await using facts = await openSql(empty);
  await facts.run('create view public.device as select 1');
  await assert.rejects(migrateDatabase(empty.database), {
    code: 'database-migration-failed',
    message: /"device" already exists/,
  });
  const [tables] = await facts.run("select to_regclass('opencapf_private.device') as found");
  assert.deepEqual(tables, { found: null });
});

test('a user without rights on the database is told so', async (context) => {
  await using empty = await testDatabase({ migrated: false });
  await using facts = await openSql(empty);
  const [user] = await facts.run('select rolsuper from pg_roles where rolname = current_user');
  if (user?.['rolsuper'] === true) {
    context.skip('the database user may do everything');
    return;
  }
  await facts.run('revoke create on schema public from pg_database_owner');
  await assert.rejects(migrateDatabase(empty.database), { code: 'database-privileges' });
});
