import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { addDevice, addInstalledLsc, addIssuer, openSql, type Sql } from '../testing/facts.js';
import { testDatabase } from '../testing/index.js';

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

test("the source document's statement gives the hash of the installed certificate", async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  const device = await addDevice(sql, 'SEPA45630BBFA40');
  const statement = "select md5hash,name from device where name='SEPA45630BBFA40'";
  assert.deepEqual(await sql.run(statement), [{ md5hash: null, name: 'SEPA45630BBFA40' }]);
  const { der, publicKey } = await addInstalledLsc(sql, device, await addIssuer(sql));
  assert.deepEqual(await sql.run(statement), [{ md5hash: md5(der), name: 'SEPA45630BBFA40' }]);
  const [row] = await sql.run('select * from device');
  assert.deepEqual(row, {
    name: 'SEPA45630BBFA40',
    md5hash: md5(der),
    public_key_md5: md5(publicKey),
    public_key: publicKey,
    certificate: der,
    certificate_type: 'LSC',
    capf_auth_mode: 0,
    encr_config: null,
    reset_required: false,
    updated_at: row?.['updated_at'],
  });
  assert.ok(row['updated_at'] instanceof Date);
});

test('the statement finds the relation also for a user named like the program', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  const schemas = await sql.run(
    "select nspname from pg_namespace where nspname in ('opencapf', 'postgres', current_user)",
  );
  assert.deepEqual(schemas, []);
});

test('the authentication mode follows the open operation', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  const device = await addDevice(sql, 'SEP00000000000A');
  const modes = {
    authenticationString: 1,
    nullString: 2,
    existingCertificateLscFirst: 3,
    existingCertificateMicFirst: 4,
  };
  for (const [mode, number] of Object.entries(modes)) {
    await sql.run(
      `insert into opencapf_private.operation (device_id, device_name, kind, authentication_mode, authentication_string, completes_by, created_by)
       values ($1, 'SEP00000000000A', 'install', $2, $3, now() + interval '1 day', 'test')`,
      [device, mode, mode === 'authenticationString' ? Buffer.from('sealed') : null],
    );
    assert.deepEqual(await sql.run('select capf_auth_mode from device'), [{ capf_auth_mode: number }]);
    await sql.run(
      "update opencapf_private.operation set state = 'cancelled', ended_at = now(), authentication_string = null where ended_at is null",
    );
    assert.deepEqual(await sql.run('select capf_auth_mode from device'), [{ capf_auth_mode: 0 }]);
  }
});

test('tftp_builder reads the relation and nothing else', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  await addDevice(sql, 'SEP00000000000B');
  const tables = await sql.run(`select oid::regclass::text as name from pg_class
    where relnamespace in ('opencapf_private'::regnamespace, 'public'::regnamespace) and relkind in ('r', 'v', 'S', 'm')`);
  assert.ok(tables.length > 16);
  await sql.run('begin');
  await sql.run('grant tftp_builder to current_user');
  await sql.run('set local role tftp_builder');
  assert.deepEqual(await sql.run('select name from device'), [{ name: 'SEP00000000000B' }]);
  const attempts = [
    ...tables.filter(({ name }) => name !== 'device').map(({ name }) => `select * from ${String(name)}`),
    "update device set name = 'x'",
    'delete from device',
    "insert into device (name) values ('x')",
    "select opencapf_private.audit('a', 'b')",
    'create table mine ()',
    'create schema mine',
  ];
  for (const attempt of attempts) {
    await sql.run('savepoint attempt');
    // 42501: no privilege; 55000: the view takes no changes from anybody.
    await assert.rejects(
      sql.run(attempt),
      ({ code }: { code: string }) => code === '42501' || code === '55000',
      attempt,
    );
    await sql.run('rollback to attempt');
  }
  await sql.run('rollback');
});

test('every change to the contract is announced, and no other', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  await using listener = await openSql(database);
  const heard: string[] = [];
  listener.client.on('notification', ({ channel, payload }) => heard.push(`${channel} ${payload}`));
  await listener.run('listen device_changed');
  await listener.run('listen device_reset_required');
  const hears = async (work: () => Promise<unknown>, ...expected: string[]): Promise<void> => {
    heard.length = 0;
    await work();
    // A notification reaches its session before the answer to a statement that was sent after the commit.
    await listener.run('select');
    assert.deepEqual(heard.sort(), expected.sort());
  };
  const name = 'SEP0000000000CC';
  const changed = `device_changed ${name}`;
  const change = async (set: string): Promise<unknown> => await sql.run(`update opencapf_private.device set ${set}`);
  await hears(async () => await addDevice(sql, name), changed);
  await hears(async () => await change("description = 'lobby', device_pool = 'HQ', labels = '{a}'"));
  await hears(async () => await change("model = '8845'"), changed);
  await hears(async () => await change('encrypted_configuration = true'), changed);
  await hears(
    async () => await change('reset_required = true, reset_required_at = now()'),
    changed,
    `device_reset_required ${name}`,
  );
  await hears(async () => await change('reset_required_at = clock_timestamp()'), `device_reset_required ${name}`);
  await hears(async () => await change('reset_required = false, reset_required_at = null'), changed);
  const [{ id: device } = {}] = await sql.run('select id from opencapf_private.device');
  const issuer = await addIssuer(sql);
  await hears(async () => await addInstalledLsc(sql, String(device), issuer), changed);
  const queue = `insert into opencapf_private.operation (device_id, device_name, kind, authentication_mode, completes_by, created_by)
    select id, name, 'delete', 'nullString', now(), 'test' from opencapf_private.device`;
  await hears(async () => await sql.run(queue), changed);
  await hears(
    async () => await sql.run("update opencapf_private.operation set state = 'inProgress', started_at = now()"),
  );
  await hears(
    async () => await sql.run("update opencapf_private.operation set state = 'failed', ended_at = now()"),
    changed,
  );
  await hears(async () => await change('published_certificate_id = null'), changed);
  await hears(async () => await sql.run('delete from opencapf_private.device'), changed);
});

test('every SQL statement of the document runs', async () => {
  const document = await readFile(new URL('../../../../docs/tftp-builder-contract.md', import.meta.url), 'utf8');
  const statements = [...document.matchAll(/```sql\n(.*?)```/gs)].map(([, block]) => block ?? '');
  assert.equal(statements.length, 4);
  await using database = await testDatabase();
  await using sql = await openSql(database);
  for (const statement of statements) await rolledBack(sql, statement);
});

test('the document names every column, with its type', async () => {
  const document = await readFile(new URL('../../../../docs/tftp-builder-contract.md', import.meta.url), 'utf8');
  await using database = await testDatabase();
  await using sql = await openSql(database);
  const columns = await sql.run(`select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
    where attrelid = 'public.device'::regclass and attnum > 0`);
  for (const { name, type } of columns) {
    const shown = String(type) === 'timestamp with time zone' ? 'timestamptz' : String(type);
    assert.match(document, new RegExp(`^\\| \`${String(name)}\` *\\| ${shown} *\\|`, 'm'));
  }
  assert.equal(
    [...document.matchAll(/^\| `\w+` *\| (text|bytea|smallint|boolean|timestamptz) *\|/gm)].length,
    columns.length,
  );
});

async function rolledBack(sql: Sql, statement: string): Promise<void> {
  await sql.client.query('begin');
  try {
    await sql.client.query(statement);
  } finally {
    await sql.client.query('rollback');
  }
}

test('the time of the last change grows with every change, whichever transaction began first', async () => {
  await using database = await testDatabase();
  await using early = await openSql(database);
  await using late = await openSql(database);
  await addDevice(early, 'SEP00000000000A');
  const at = async (): Promise<number> =>
    ((await late.run('select updated_at from device'))[0]?.['updated_at'] as Date).getTime();
  const times = [await at()];
  await early.run('begin; select now()');
  for (const encrypted of [true, false, true]) {
    await late.run('update opencapf_private.device set encrypted_configuration = $1', [encrypted]);
    times.push(await at());
  }
  await early.run('update opencapf_private.device set encrypted_configuration = null; commit');
  times.push(await at());
  assert.deepEqual(
    times,
    [...new Set(times)].sort((one, other) => one - other),
  );
});
