import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDevice, addInstalledLsc, addIssuer, intendCertificate, openSql, type Sql } from '../testing/facts.js';
import { testDatabase } from '../testing/index.js';

const d = 'opencapf_private.device';
const c = 'opencapf_private.certificate';
const o = 'opencapf_private.operation';

/** Statements that must each be refused, with the SQLSTATE or constraint that refuses them. */
async function refuses(sql: Sql, attempts: readonly (readonly [reason: string, statement: string])[]): Promise<void> {
  for (const [reason, statement] of attempts) {
    await assert.rejects(
      sql.run(statement),
      ({ code, constraint }: { code: string; constraint?: string }) => {
        assert.ok(
          reason === code || reason === constraint,
          `${statement}\nrefused by ${code} ${constraint}, not by ${reason}`,
        );
        return true;
      },
      statement,
    );
  }
}

test('device names have their form', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  const insert = (name: string, kind: string, more = 'null'): string =>
    `insert into ${d} (name, kind, instance_id) values ('${name}', '${kind}', ${more})`;
  await sql.run(insert('SEP0123456789AB', 'phone'));
  await sql.run(insert('CSFjane', 'softphone'));
  await sql.run(insert('jane', 'endUser', "'Laptop1'"));
  await refuses(sql, [
    ...['SEP0123456789ab', 'SEP0123456789A', 'XEP0123456789AB', 'SEP0123456789AB '].map(
      (name) => ['device_name_form', insert(name, 'phone')] as const,
    ),
    ...['a.b', 'CAPF-12345678', 'capf-x', '', 'x'.repeat(65), 'a b', 'ä'].map(
      (name) => ['device_name_form', insert(name, 'softphone')] as const,
    ),
    ['device_name_key', insert('CSFjane', 'softphone')],
    ['device_instance_of_user', insert('john', 'endUser')],
    ['device_instance_of_user', insert('CSFjohn', 'softphone', "'1'")],
    ['device_instance_id_check', insert('john', 'endUser', `'${'x'.repeat(129)}'`)],
    ['device_instance_id_check', insert('john', 'endUser', "'a-b'")],
    ['device_kind_check', insert('john', 'toaster')],
    ['device_reset_has_time', `update ${d} set reset_required = true`],
    ['device_reset_reason', `update ${d} set reset_reason = 'why'`],
    ['device_protocol_check', `update ${d} set protocol = 'H323'`],
  ]);
});

test("a certificate's moments come in their order and stay", async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  const device = await addDevice(sql, 'SEP0123456789AB');
  const issuer = await addIssuer(sql);
  const { id, der } = await intendCertificate(sql, device, issuer);
  const complete = "subject = 'CN=a', issuer = 'CN=b', not_before = now(), not_after = now()";
  const bytes = `'\\x${der.toString('hex')}'`;
  await refuses(sql, [
    ['certificate_issued_after_intended', `update ${c} set issued_at = now()`],
    ['certificate_issued_after_intended', `update ${c} set der = ${bytes}, ${complete}`],
    ['certificate_der_complete', `update ${c} set der = ${bytes}, issued_at = now()`],
    ['certificate_installed_after_issued', `update ${c} set installed_at = now()`],
    ['certificate_sent_after_issued', `update ${c} set sent_at = now()`],
    ['certificate_superseded_after_installed', `update ${c} set superseded_at = now()`],
    ['certificate_deleted_after_installed', `update ${c} set deleted_at = now()`],
    ['certificate_revocation_reason', `update ${c} set revoked_at = now()`],
    ['certificate_revocation_reason_check', `update ${c} set revoked_at = now(), revocation_reason = 'lost'`],
    ['certificate_issued_here', `update ${c} set intended_at = null`],
    [
      'certificate_intended_bytes',
      `insert into ${c} (device_name, type, origin, issuer_id, public_key, intended_at)
      values ('x', 'LSC', 'issued', ${issuer}, 'x', now())`,
    ],
    [
      'certificate_elsewhere_complete',
      `insert into ${c} (device_name, type, origin, public_key) values ('x', 'MIC', 'fetched', 'x')`,
    ],
    ['23000', `update ${c} set der = 'another', issued_at = now(), ${complete}`],
    ['23000', `update ${c} set tbs = 'another'`],
    ['23000', `update ${c} set serial = 'another'`],
    ['23000', `update ${c} set public_key = 'another'`],
    ['23000', `update ${c} set device_name = 'another'`],
    ['23000', `update ${c} set type = 'MIC'`],
  ]);
  await sql.run(`update ${c} set der = $2, issued_at = now(), ${complete} where id = $1`, [id, der]);
  assert.deepEqual(await sql.run(`select tbs from ${c}`), [{ tbs: null }]);
  await sql.run(`update ${c} set installed_at = now()`);
  await refuses(sql, [
    ['23000', `update ${c} set der = null`],
    ['23000', `update ${c} set der = 'another'`],
    ['23000', `update ${c} set issued_at = null`],
    ['23000', `update ${c} set installed_at = null`],
    ['23000', `update ${c} set installed_at = now() + interval '1 day'`],
  ]);
});

test('a trusted certificate is uploaded, or stands in a file, or both', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  const t = 'opencapf_private.trust_certificate';
  const insert = (purpose: string, columns: string, values: string) =>
    `insert into ${t} (der, purpose, subject, issuer, not_before, not_after, created_by${columns})
     values ('x', '${purpose}', 's', 'i', now(), now(), 'test'${values})`;
  await refuses(sql, [
    ['trust_certificate_wanted', insert('mic', '', '')],
    ['trust_certificate_purpose_check', insert('tomcat', ', uploaded', ', true')],
  ]);
  await sql.run(insert('mic', ', file_name', ", 'a.pem'"));
  await refuses(sql, [
    ['trust_certificate_pkey', insert('foreignCapf', ', uploaded', ', true')],
    ['trust_certificate_wanted', `update ${t} set file_name = null`],
  ]);
  assert.deepEqual(await sql.run(`select source from ${t}`), [{ source: 'file' }]);
});

test('one certificate for one key of one operation, one serial of one issuer, one LSC installed', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  const device = await addDevice(sql, 'SEP0123456789AB');
  const issuer = await addIssuer(sql);
  const first = await addInstalledLsc(sql, device, issuer);
  await sql.run(`insert into ${o} (device_id, device_name, kind, authentication_mode, completes_by, created_by)
    values (${device}, 'SEP0123456789AB', 'install', 'nullString', now(), 'test')`);
  await sql.run(`update ${c} set operation_id = (select id from ${o})`).then(
    () => assert.fail('the operation of a certificate is fixed'),
    () => undefined,
  );
  const insert = (key: string, serial: string): string => `
    insert into ${c} (device_id, device_name, type, origin, issuer_id, operation_id, public_key, serial, tbs, intended_at)
    select ${device}, 'x', 'LSC', 'issued', ${issuer}, id, ${key}, ${serial}, 'tbs', now() from ${o}`;
  await sql.run(insert("'key'", "'serial one'"));
  const second = await addInstalledLsc(sql, await addDevice(sql, 'SEP0123456789AC'), issuer);
  await refuses(sql, [
    ['certificate_one_for_key_of_operation', insert("'key'", "'serial two'")],
    ['certificate_serial', insert("'other key'", "'serial one'")],
  ]);
  const third = await intendCertificate(sql, device, issuer);
  const install = `update ${c} set der = public_key || 'to be signed', issued_at = now(), installed_at = now(), subject = 'a', issuer = 'b',
    not_before = now(), not_after = now() where id = ${third.id}`;
  await refuses(sql, [['certificate_one_lsc_installed', install]]);
  await sql.run(`update ${c} set superseded_at = now() where id = ${first.id}`);
  await sql.run(install);
  assert.deepEqual(await sql.run(`select name, lsc_certificate_id from ${d} order by name`), [
    { name: 'SEP0123456789AB', lsc_certificate_id: third.id },
    { name: 'SEP0123456789AC', lsc_certificate_id: second.id },
  ]);
});

test('a device shows only a certificate that is its own and that it has', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  const device = await addDevice(sql, 'SEP0123456789AB');
  const issuer = await addIssuer(sql);
  const other = await addInstalledLsc(sql, await addDevice(sql, 'SEP0123456789AC'), issuer);
  const intended = await intendCertificate(sql, device, issuer);
  await refuses(sql, [
    ['device_published_own', `update ${d} set published_certificate_id = ${other.id} where id = ${device}`],
    ['device_mic_own', `update ${d} set mic_certificate_id = ${other.id} where id = ${device}`],
    ['23000', `update ${d} set published_certificate_id = ${intended.id} where id = ${device}`],
    ['device_published_own', `delete from ${c} where id = ${other.id}`],
  ]);
});

test('an operation is open once per device, ends once, and keeps no string after its end', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  const device = await addDevice(sql, 'SEP0123456789AB');
  const insert = (mode: string, string: string): string => `
    insert into ${o} (device_id, device_name, kind, authentication_mode, authentication_string, completes_by, created_by)
    values (${device}, 'SEP0123456789AB', 'install', '${mode}', ${string}, now(), 'test')`;
  await refuses(sql, [
    ['operation_string', insert('authenticationString', 'null')],
    ['operation_string', insert('nullString', "'sealed'")],
  ]);
  await sql.run(insert('authenticationString', "'sealed'"));
  await refuses(sql, [
    ['operation_one_open', insert('nullString', 'null')],
    ['operation_string', `update ${o} set state = 'failed', ended_at = now()`],
    ['operation_end', `update ${o} set state = 'failed'`],
    ['operation_end', `update ${o} set ended_at = now(), authentication_string = null`],
    ['operation_started', `update ${o} set state = 'inProgress'`],
    ['operation_rsa_key_size_check', `update ${o} set rsa_key_size = 1000`],
    ['operation_ec_key_size_check', `update ${o} set ec_key_size = 512`],
  ]);
  await sql.run(
    `update ${o} set state = 'failed', ended_at = now(), authentication_string = null, reason = 'the phone left'`,
  );
  await refuses(sql, [
    ['23000', `update ${o} set state = 'pending', ended_at = null, authentication_string = 'sealed'`],
  ]);
  await sql.run(insert('nullString', 'null'));
  assert.deepEqual(await sql.run('select state, reason from opencapf_private.operation_event order by id'), [
    { state: 'pending', reason: null },
    { state: 'failed', reason: 'the phone left' },
    { state: 'pending', reason: null },
  ]);
});

test('one CAPF identity is active, one issuer is the default', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  await addIssuer(sql);
  await addIssuer(sql);
  await sql.run(`insert into opencapf_private.capf_identity (certificate, private_key_id, state)
    select 'one', min(id), 'active' from opencapf_private.private_key`);
  await refuses(sql, [
    [
      'capf_identity_one_active',
      `insert into opencapf_private.capf_identity (certificate, private_key_id, state)
      select 'two', min(id), 'active' from opencapf_private.private_key`,
    ],
    ['issuer_one_default', 'update opencapf_private.issuer set is_default = true'],
    ['issuer_default_active', "update opencapf_private.issuer set state = 'retired', is_default = true"],
    ['issuer_local_has_key', 'update opencapf_private.issuer set private_key_id = null'],
    ['issuer_validity_days_check', 'update opencapf_private.issuer set validity_days = 1826'],
    ['private_key_somewhere', 'update opencapf_private.private_key set sealed = null'],
  ]);
});

test('a deleted device leaves its certificates and operations behind under its name', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  const device = await addDevice(sql, 'SEP0123456789AB');
  await addInstalledLsc(sql, device, await addIssuer(sql));
  await sql.run(`delete from ${d} where id = ${device}`);
  assert.deepEqual(await sql.run(`select device_id, device_name from ${c}`), [
    { device_id: null, device_name: 'SEP0123456789AB' },
  ]);
  assert.deepEqual(await sql.run('select name from device'), []);
});

test('session numbers stay within 32 bits and begin again', async () => {
  await using database = await testDatabase();
  await using sql = await openSql(database);
  await sql.run("select setval('opencapf_private.session_number', 4294967295)");
  assert.deepEqual(await sql.run("select nextval('opencapf_private.session_number') as n"), [{ n: '0' }]);
  await assert.rejects(sql.run("select setval('opencapf_private.session_number', 4294967296)"), { code: '22003' });
});
