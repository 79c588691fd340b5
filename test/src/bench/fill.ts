import type { Client } from 'pg';

/** What has been filled in before: the site grows from it to so many devices. */
export interface Growth {
  readonly from: number;
  readonly to: number;
}

/** The name of device n, as {@link filledName} has it. */
const name = "'SEPD' || upper(lpad(to_hex(n), 11, '0'))";

/**
 * The rows of a device with an LSC, one operation behind it and one session: one statement a table, in the order in which
 * they refer to each other. $1 and $2 bound the devices' numbers; identities are these numbers. Of 20 devices one has no
 * LSC, one has an operation that failed, one that is pending, one waits for its reset, and one LSC ends soon.
 */
const rows = {
  device: `
    insert into opencapf_private.device (id, name, description, model, protocol, device_pool, labels, reset_required,
        reset_required_at, published_certificate_id, lsc_certificate_id, capf_auth_mode)
      overriding system value
      select n, ${name}, 'Room ' || n, 'Model ' || n % 20, 'SIP', 'Pool ' || n % 20,
        array['floor ' || n % 20], n % 20 = 3, case when n % 20 = 3 then now() end,
        case when n % 20 <> 0 then n end, case when n % 20 <> 0 then n end, case when n % 20 = 2 then 2 else 0 end
      from generate_series($1::bigint, $2::bigint) n`,
  operation: `
    insert into opencapf_private.operation (id, device_id, device_name, kind, authentication_mode, completes_by, state,
        reason_code, reason, session_id, created_by, started_at, ended_at)
      select n, n, ${name}, 'install', 'nullString', now() + interval '1 day',
        case n % 20 when 1 then 'failed' when 2 then 'pending' else 'successful' end,
        case when n % 20 = 1 then 'phone-left' end, case when n % 20 = 1 then 'The phone left.' end,
        n, 'bench', now(), case when n % 20 <> 2 then now() end
      from generate_series($1::bigint, $2::bigint) n`,
  operation_event: `
    insert into opencapf_private.operation_event (operation_id, state, session_id)
      select n, state, n
      from generate_series($1::bigint, $2::bigint) n, unnest(array['pending', 'inProgress', 'successful']) state`,
  session: `
    insert into opencapf_private.session (id, wire_id, node_id, device_id, device_name, remote_address, remote_port,
        listener, tls_version, cipher, capf_version, phone_reason, operation_id, authenticated_at, ended_at, outcome,
        end_reason, steps)
      overriding system value
      select n, n, gen_random_uuid(), n, ${name}, '10.0.0.0'::inet + n, 50000, 'capf',
        'TLSv1.3', 'TLS_AES_256_GCM_SHA384', 3, 1, n, now(), now(), 'installed', 1,
        '[{"state": "opening", "at": "2026-01-01T00:00:00Z"}, {"state": "authenticated", "at": "2026-01-01T00:00:01Z"},
          {"state": "keyGenerated", "at": "2026-01-01T00:00:02Z"}, {"state": "stored", "at": "2026-01-01T00:00:03Z"}]'
      from generate_series($1::bigint, $2::bigint) n`,
  certificate: `
    insert into opencapf_private.certificate (id, device_id, device_name, type, origin, issuer_id, operation_id,
        session_id, serial, public_key, der, subject, issuer, not_before, not_after, intended_at, issued_at, sent_at,
        installed_at)
      select n, n, ${name}, 'LSC', 'issued', (select min(id) from opencapf_private.issuer), n,
        n, '\\x01'::bytea || int8send(n), decode(repeat(md5(n::text), 18), 'hex'), decode(repeat(md5(n::text), 50), 'hex'),
        'CN=' || ${name}, 'CN=CAPF', now(),
        now() + case when n % 20 = 4 then interval '20 days' else interval '300 days' end, now(), now(), now(), now()
      from generate_series($1::bigint, $2::bigint) n where n % 20 <> 0`,
  audit_entry: `
    insert into opencapf_private.audit_entry (chain, sequence, at, actor, remote_address, action, subject_kind, subject,
        outcome, detail, previous, hash)
      select 1000000, -n, now(), ${name}, '10.0.0.1', 'lsc.install', 'device',
        ${name}, 'done', jsonb_build_object('operation', n, 'session', n, 'certificate', n),
        sha256(int8send(n)), sha256(int8send(n + 1))
      from generate_series($1::bigint, $2::bigint) n`,
} as const;

/** What comes by itself has numbers from here on, beyond all that is filled in. */
const firstOfOthers = 1_000_000_000;

/** Names of devices that were filled in. */
export function filledName(number: number): string {
  return `SEPD${number.toString(16).toUpperCase().padStart(11, '0')}`;
}

/**
 * Fills a service's database as if so many devices had enrolled. Triggers and references are out of force meanwhile; what
 * they would do is in the rows. The audit's rows stand in a chain of their own, before
 * its beginning, and cannot be verified.
 */
export async function fill(client: Client, { from, to }: Growth): Promise<void> {
  await client.query("set synchronous_commit = off; set maintenance_work_mem = '256MB'");
  if (from === 0) {
    await client.query(
      "insert into opencapf_private.audit_chain (chain, genesis, head) values (1000000, sha256(''), sha256(''))",
    );
  }
  const tables = Object.keys(rows) as (keyof typeof rows)[];
  const references = await takeReferencesAway(client, tables);
  for (const table of tables) {
    await client.query(`alter table opencapf_private.${table} disable trigger user`);
    await client.query(rows[table], [from + 1, to]);
    await client.query(`alter table opencapf_private.${table} enable trigger user`);
  }
  for (const reference of references) await client.query(reference);
  for (const table of ['device', 'operation', 'session', 'certificate']) {
    await client.query(`
      select setval(pg_get_serial_sequence('opencapf_private.${table}', 'id'),
        greatest((select max(id) from opencapf_private.${table}), ${firstOfOthers}))`);
  }
  await client.query('vacuum analyze');
}

/** Takes the foreign keys of these tables away. @returns statements that bring them back, each checked as a whole */
async function takeReferencesAway(client: Client, tables: readonly string[]): Promise<readonly string[]> {
  const { rows: found } = await client.query<{ table: string; name: string; definition: string }>(
    `select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition
       from pg_constraint
       where contype = 'f' and conrelid = any (select ('opencapf_private.' || unnest($1::text[]))::regclass)`,
    [tables],
  );
  for (const { table, name } of found) await client.query(`alter table ${table} drop constraint ${name}`);
  return found.map(({ table, name, definition }) => `alter table ${table} add constraint ${name} ${definition}`);
}
