import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretKey } from '../secrets/index.js';
import { openSql } from '../testing/facts.js';
import { testDatabase } from '../testing/index.js';
import {
  createToken,
  ensureAdministratorToken,
  findAdministrator,
  loadOrCreateIdentity,
  type NewCapfIdentity,
  readStoredSettings,
  storeSetting,
} from './index.js';

const secretKey = new SecretKey(Buffer.alloc(32, 1));
const made: NewCapfIdentity = {
  certificate: Buffer.from('certificate'),
  chain: [Buffer.from('upper'), Buffer.from('root')],
  publicKey: Buffer.from('public key'),
  privateKey: Buffer.from('planted private key'),
  algorithm: 'RSA 2048',
};

test('of several nodes that start at once exactly one makes the identity, and all have it', async () => {
  await using database = await testDatabase({ maxConnections: 6 });
  let calls = 0;
  const make = async (): Promise<NewCapfIdentity> => {
    calls += 1;
    return made;
  };
  const nodes = await Promise.all(
    Array.from({ length: 6 }, async () => await loadOrCreateIdentity(database.database, secretKey, make)),
  );
  assert.equal(calls, 1);
  assert.equal(nodes.filter(({ created }) => created).length, 1);
  for (const { identity, issuer } of nodes) {
    assert.deepEqual(identity.certificate, made.certificate);
    assert.deepEqual(identity.chain, made.chain);
    assert.deepEqual(identity.privateKey, made.privateKey);
    assert.deepEqual(issuer.privateKey, made.privateKey);
    assert.equal(issuer.kind, 'local');
  }
  await using sql = await openSql(database);
  assert.deepEqual(
    await sql.run("select action from opencapf_private.audit_entry where action = 'capf-identity.create'"),
    [{ action: 'capf-identity.create' }],
  );
  const [key] = await sql.run('select sealed from opencapf_private.private_key');
  assert.ok(key?.['sealed'] instanceof Buffer && !key['sealed'].includes('planted'));
});

test('an identity whose making fails leaves nothing, and the next start makes it', async () => {
  await using database = await testDatabase();
  const fails = loadOrCreateIdentity(
    database.database,
    secretKey,
    async () => await Promise.reject(new Error('no entropy')),
  );
  await assert.rejects(fails, { message: 'no entropy' });
  assert.equal((await loadOrCreateIdentity(database.database, secretKey, async () => made)).created, true);
});

test('a private key moved to another row does not open', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  await loadOrCreateIdentity(database.database, secretKey, async () => made);
  await sql.run(`insert into opencapf_private.private_key (purpose, algorithm, public_key, sealed)
    select 'capf', 'RSA 2048', 'another', sealed from opencapf_private.private_key`);
  await sql.run(
    "update opencapf_private.capf_identity set private_key_id = (select id from opencapf_private.private_key where public_key = 'another')",
  );
  await assert.rejects(
    loadOrCreateIdentity(database.database, secretKey, async () => made),
    { code: 'sealed-value-unreadable' },
  );
});

test('the first start makes one administrator token, which is kept as a keyed hash alone', async () => {
  await using database = await testDatabase({ maxConnections: 4 });
  const { queries } = database.database;
  const tokens = await Promise.all(
    [1, 2, 3, 4].map(async () => await ensureAdministratorToken(database.database, secretKey, undefined)),
  );
  const [token, ...more] = tokens.filter((one) => one !== undefined);
  assert.ok(token !== undefined && more.length === 0);
  assert.deepEqual(await findAdministrator(queries, secretKey, token, undefined, new Date()), {
    name: 'first start',
    role: 'administrator',
    token: { id: 1, lastUsedAt: null },
  });
  assert.equal(await findAdministrator(queries, secretKey, `${token}x`, undefined, new Date()), undefined);
  assert.equal(await ensureAdministratorToken(database.database, secretKey, undefined), undefined);
  const rows = JSON.stringify([
    await queries.selectFrom('token').selectAll().execute(),
    await queries.selectFrom('audit_entry').selectAll().execute(),
  ]);
  assert.ok(!rows.includes(token.slice(9)));
});

test('a given token administers as long as it is set, also on an existing database, and is stored nowhere', async () => {
  await using database = await testDatabase();
  const { queries } = database.database;
  const generated = await ensureAdministratorToken(database.database, secretKey, undefined);
  const given = 'planted given token';
  assert.equal(await ensureAdministratorToken(database.database, secretKey, given), undefined);
  assert.deepEqual(await findAdministrator(queries, secretKey, given, given, new Date()), {
    name: 'OPENCAPF_ADMIN_TOKEN',
    role: 'administrator',
  });
  assert.equal(await findAdministrator(queries, secretKey, given, undefined, new Date()), undefined);
  assert.equal((await findAdministrator(queries, secretKey, generated ?? '', given, new Date()))?.name, 'first start');
  assert.equal((await queries.selectFrom('token').select('id').execute()).length, 1);
  for (const wrong of ['', 'fifteen chars..', 'control\ncharacter...', 'ümlaut ümlaut ümlaut']) {
    await assert.rejects(ensureAdministratorToken(database.database, secretKey, wrong), {
      code: 'administrator-token-invalid',
    });
  }
});

test('a token that expired or was revoked finds nobody', async () => {
  await using database = await testDatabase();
  const { queries } = database.database;
  const expiresAt = new Date('2030-01-01T00:00:00Z');
  const { token } = await createToken(queries, secretKey, { name: 'ci', role: 'viewer', expiresAt }, { name: 'test' });
  const at = async (now: string) => await findAdministrator(queries, secretKey, token, undefined, new Date(now));
  assert.deepEqual(await at('2029-12-31T23:59:59Z'), {
    name: 'ci',
    role: 'viewer',
    token: { id: 1, lastUsedAt: null },
  });
  assert.equal(await at('2030-01-01T00:00:00Z'), undefined);
  await queries.updateTable('token').set({ revoked_at: new Date() }).execute();
  assert.equal(await at('2029-12-31T23:59:59Z'), undefined);
});

test('a setting is kept and audited with the value before', async () => {
  await using database = await testDatabase();
  const { queries } = database.database;
  await storeSetting(database.database, 'OPENCAPF_SUBJECT_O', 'One', 'jane');
  await storeSetting(database.database, 'OPENCAPF_SUBJECT_O', ['Two', null, 3], 'joe');
  assert.deepEqual([...(await readStoredSettings(queries))], [['OPENCAPF_SUBJECT_O', ['Two', null, 3]]]);
  const entries = await queries.selectFrom('audit_entry').select(['actor', 'detail']).orderBy('id').execute();
  assert.deepEqual(entries, [
    { actor: 'jane', detail: { before: null, after: 'One' } },
    { actor: 'joe', detail: { before: 'One', after: ['Two', null, 3] } },
  ]);
});

test('a change whose audit entry cannot be written does not happen', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  await sql.run('alter table opencapf_private.audit_entry add constraint broken check (false) not valid');
  await assert.rejects(storeSetting(database.database, 'a', 1, 'jane'), { code: '23514' });
  assert.equal((await readStoredSettings(database.database.queries)).size, 0);
});
