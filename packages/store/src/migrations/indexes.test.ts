import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addIssuer, openSql } from '../testing/facts.js';
import { testDatabase } from '../testing/index.js';

const open = "state in ('pending', 'inProgress', 'waitingForAuthority')";
const current =
  "type = 'LSC' and installed_at is not null and superseded_at is null and deleted_at is null and revoked_at is null";

/** What is asked often, each with the index that must answer. */
const questions = {
  device_name_key: "select * from device where name = 'SEP000000000007'",
  device_without_lsc:
    "select name from opencapf_private.device where lsc_certificate_id is null and name > 'SEP0' order by name limit 20",
  device_pool: "select name from opencapf_private.device where device_pool = 'pool3' order by name limit 20",
  device_security_profile:
    "select name from opencapf_private.device where security_profile = 'profile3' order by name limit 20",
  operation_one_open: `select id from opencapf_private.operation where device_id = 7 and ${open}`,
  operation_deadline: `select id from opencapf_private.operation where completes_by < now() and ${open}`,
  operation_by_state:
    "select id from opencapf_private.operation where state = 'cancelled' and id > 20 order by id limit 20",
  operation_latest_by_state: `select d.name from opencapf_private.operation f join opencapf_private.device d on d.id = f.device_id
    where f.state = 'cancelled' and f.latest and f.device_id is not null and f.device_name > 'SEP0' order by f.device_name limit 20`,
  operation_address_changed:
    'select id from opencapf_private.operation where address_changed_from is not null order by id desc limit 20',
  operation_of_device: 'select id from opencapf_private.operation where device_id = 7 order by id desc limit 20',
  certificate_lsc_expiry: `select id from opencapf_private.certificate where ${current} and not_after < now() order by not_after, id limit 20`,
  certificate_public_key: "select device_id from opencapf_private.certificate where public_key_sha256 = sha256('x')",
  certificate_der: "select id from opencapf_private.certificate where der_sha256 = sha256('x')",
  certificate_of_device: 'select id from opencapf_private.certificate where device_id = 7 order by id desc limit 20',
  certificate_serial: "select id from opencapf_private.certificate where issuer_id = 1 and serial = 'x'",
  certificate_never_installed:
    'select id from opencapf_private.certificate where issued_at is not null and installed_at is null and revoked_at is null order by id limit 20',
  session_of_device: 'select id from opencapf_private.session where device_id = 7 order by id desc limit 1',
} as const;

test('what is asked often is answered by an index on tables with many rows', async () => {
  await using database = await testDatabase({ statementTimeoutMs: 60_000 });
  await using sql = await openSql(database);
  const issuer = await addIssuer(sql);
  // Triggers are tested elsewhere; without them the tables fill quickly.
  const fill = [
    // As many profiles as devices: to read a few of them from end to end is no mistake.
    `insert into opencapf_private.device (name, device_pool, security_profile)
       select 'SEP' || lpad(upper(to_hex(n)), 12, '0'), 'pool' || n % 50, 'profile' || n from generate_series(1, 5000) n`,
    'alter table opencapf_private.operation disable trigger user',
    'alter table opencapf_private.certificate disable trigger user',
    `insert into opencapf_private.operation (device_id, device_name, kind, authentication_mode, completes_by, created_by, state, ended_at, latest)
       select id, name, 'install', 'nullString', now(), 'test', s, case when s <> 'pending' then now() end, s <> 'successful'
       from opencapf_private.device, unnest(array['successful', case id % 50 when 0 then 'pending' when 1 then 'cancelled' else 'failed' end]) s`,
    `insert into opencapf_private.certificate (device_id, device_name, type, origin, issuer_id, serial, public_key, der, subject, issuer,
         not_before, not_after, intended_at, issued_at, installed_at)
       select id, name, 'LSC', 'issued', ${issuer}, uuid_send(gen_random_uuid()), uuid_send(gen_random_uuid()),
         uuid_send(gen_random_uuid()) || repeat('x', 700)::bytea, 'a', 'b', now(), now() + id % 365 * interval '1 day', now(), now(),
         case when id % 50 <> 0 then now() end from opencapf_private.device`,
    'update opencapf_private.device set published_certificate_id = c.id from opencapf_private.certificate c where c.device_id = device.id and installed_at is not null',
    `insert into opencapf_private.session (wire_id, node_id, device_id, device_name, remote_address, remote_port, listener)
       select id, gen_random_uuid(), id, name, '192.0.2.1', 1, 'capf' from opencapf_private.device`,
    `alter table opencapf_private.device disable trigger user`,
    // Stands for a site where nearly every phone has its LSC.
    `update opencapf_private.device set lsc_certificate_id = published_certificate_id`,
    'analyze',
  ];
  for (const statement of fill) await sql.run(statement);
  for (const [index, question] of Object.entries(questions)) {
    const plan = (await sql.run(`explain (costs off) ${question}`)).map((row) => row['QUERY PLAN']).join('\n');
    assert.ok(plan.includes(index) && !plan.includes('Seq Scan'), `${question}\n${plan}`);
  }
});
