import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { TestDatabase } from './database.js';

/** A connection that gives the rows of a statement, for tests that speak SQL. */
export interface Sql extends AsyncDisposable {
  readonly run: (statement: string, parameters?: readonly unknown[]) => Promise<Record<string, unknown>[]>;
  readonly client: Client;
}

export async function openSql(test: TestDatabase): Promise<Sql> {
  const client = new Client({ connectionString: test.url });
  client.on('error', () => undefined);
  await client.connect();
  return {
    client,
    run: async (statement, parameters = []) => (await client.query(statement, [...parameters])).rows,
    [Symbol.asyncDispose]: async () => await client.end(),
  };
}

/** Adds a phone and returns its id. */
export async function addDevice(sql: Sql, name: string): Promise<string> {
  const kind = /^SEP[0-9A-F]{12}$/.test(name) ? 'phone' : 'softphone';
  const [row] = await sql.run('insert into opencapf_private.device (name, kind) values ($1, $2) returning id', [
    name,
    kind,
  ]);
  return String(row?.['id']);
}

/** Adds the issuer that {@link addCertificate} needs, and returns its id. */
export async function addIssuer(sql: Sql): Promise<string> {
  const [row] = await sql.run(`
    with key as (
      insert into opencapf_private.private_key (purpose, algorithm, public_key, sealed)
      values ('capf', 'RSA 2048', uuid_send(gen_random_uuid()), 'x') returning id)
    insert into opencapf_private.issuer (name, kind, certificate, private_key_id, state)
    select 'local ' || gen_random_uuid(), 'local', uuid_send(gen_random_uuid()), id, 'active' from key returning id`);
  return String(row?.['id']);
}

/** Bytes that stand for the to-be-signed part; the certificate of {@link addCertificate} holds them. */
export const sampleTbs = Buffer.from('to be signed');

export interface SampleCertificate {
  readonly id: string;
  readonly der: Buffer;
  readonly publicKey: Buffer;
}

/** Adds a certificate as intended; later moments are the test's to add. */
export async function intendCertificate(
  sql: Sql,
  device: string,
  issuer: string,
  operation?: number,
): Promise<SampleCertificate> {
  const publicKey = randomBytes(94);
  const der = Buffer.concat([randomBytes(8), sampleTbs, randomBytes(8)]);
  const [row] = await sql.run(
    `insert into opencapf_private.certificate (device_id, device_name, type, origin, issuer_id, public_key, serial, tbs, operation_id, intended_at)
     select id, name, 'LSC', 'issued', $2, $3, $4, $5, $6, now() from opencapf_private.device where id = $1 returning id`,
    [device, issuer, publicKey, randomBytes(16), sampleTbs, operation],
  );
  return { id: String(row?.['id']), der, publicKey };
}

/** Adds a certificate that the phone installed and that the contract shows. */
export async function addInstalledLsc(sql: Sql, device: string, issuer: string): Promise<SampleCertificate> {
  const made = await intendCertificate(sql, device, issuer);
  await sql.run(
    `update opencapf_private.certificate set der = $2, issued_at = now(), installed_at = now(), subject = 'CN=phone',
       issuer = 'CN=CAPF-0', not_before = now(), not_after = now() + interval '1 year' where id = $1`,
    [made.id, made.der],
  );
  await sql.run('update opencapf_private.device set published_certificate_id = $2 where id = $1', [device, made.id]);
  return made;
}
