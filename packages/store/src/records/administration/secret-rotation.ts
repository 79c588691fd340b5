import { sql } from 'kysely';
import type { Database, Queries } from '../../database/connect.js';
import { silenceMs } from '../../database/node-silence.js';
import { StoreError } from '../../errors.js';
import { lockKeyCheck, openHashingKey, sealHashingKey } from '../../secrets/key-check.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import { recordAudit } from '../audit/audit.js';
import { resignAudit } from '../audit/audit-resign.js';
import { AuditSigner } from '../audit/audit-signature.js';

/** What is needed to replace the secret key. */
export interface SecretRotation {
  readonly database: Database;
  /** Where the signed heads of the audit lie. */
  readonly dataDir: string;
  readonly before: SecretKey;
  readonly after: SecretKey;
  /** Rows that are sealed anew in one transaction. */
  readonly batch?: number;
}

/** How many values were sealed anew by this run. */
export interface ResealedSecrets {
  readonly privateKeys: number;
  readonly authenticationStrings: number;
  readonly authoritySecrets: number;
  /** Files of devices, what fills their templates, and the templates themselves. */
  readonly configurations: number;
  readonly symmetricKeys: number;
}

/** A column that holds sealed values, and what they are. */
const sealedColumns = [
  { table: 'private_key', column: 'sealed', holds: 'privateKeys' },
  { table: 'operation', column: 'authentication_string', holds: 'authenticationStrings' },
  { table: 'issuer', column: 'sealed_secrets', holds: 'authoritySecrets' },
  { table: 'device_configuration', column: 'sealed', holds: 'configurations' },
  { table: 'device_configuration', column: 'sealed_fields', holds: 'configurations' },
  { table: 'configuration_template', column: 'sealed', holds: 'configurations' },
  { table: 'device_symmetric_key', column: 'sealed', holds: 'symmetricKeys' },
] as const;

/**
 * Seals everything that is encrypted at rest with another key, each value for the same place as before, in batches; then
 * replaces what tells nodes that a key is the right one. After an interruption, of whatever kind, it is run again with the
 * same two keys and goes on where it was: every value names its key, and either opens until all is done. No node may run,
 * and none starts meanwhile.
 *
 * On another node's data directory it signs that node's heads of the audit anew, and nothing else.
 *
 * @throws StoreError `secret-key-unchanged`, `secret-key-mismatch`, `secret-key-rotation-other`,
 * `secret-key-rotation-nodes-alive`, `sealed-value-unreadable`; `audit-unsound`, `audit-heads-unreadable`
 */
export async function rotateSecretKey(rotation: SecretRotation): Promise<ResealedSecrets> {
  const { database, dataDir, before, after, batch = 500 } = rotation;
  if (before.id === after.id) throw new StoreError('secret-key-unchanged');
  let standing = await stand(rotation, 'look');
  if (standing === 'ready') {
    // What does not open must be found while the old key still serves.
    for (const place of sealedColumns) await walk(rotation, place, batch, async () => undefined);
    standing = await stand(rotation, 'begin');
  }
  const resealed = {
    privateKeys: 0,
    authenticationStrings: 0,
    authoritySecrets: 0,
    configurations: 0,
    symmetricKeys: 0,
  };
  for (const place of standing === 'done' ? [] : sealedColumns) {
    resealed[place.holds] += await walk(
      rotation,
      place,
      batch,
      async (values) => await replace(database, place, values),
    );
  }
  await resignAudit(database, dataDir, new AuditSigner(before), new AuditSigner(after));
  if (standing !== 'done') await finish(rotation, resealed);
  return resealed;
}

/** How far a replacement is, and with `begin` its begin: no node starts from then on. */
async function stand(
  { database, before, after }: SecretRotation,
  wish: 'look' | 'begin',
): Promise<'ready' | 'begun' | 'done'> {
  return await database.transaction(async (queries) => {
    const kept = await lockKeyCheck(queries);
    if (kept?.keyId === after.id && openHashingKey(after, kept.sealed) !== undefined) return 'done';
    if (kept?.keyId !== before.id || openHashingKey(before, kept.sealed) === undefined) {
      throw new StoreError(
        'secret-key-mismatch',
        `the database has key ${kept?.keyId ?? 'none'}, given is ${before.id}`,
      );
    }
    if (kept.nextKeyId !== null && kept.nextKeyId !== after.id) {
      throw new StoreError('secret-key-rotation-other', `key ${kept.nextKeyId}, given is ${after.id}`);
    }
    await refuseNodes(queries);
    if (kept.nextKeyId !== null) return 'begun';
    if (wish === 'look') return 'ready';
    await queries.updateTable('secret_key_check').set({ next_key_id: after.id }).execute();
    await audit(queries, 'secret-key.rotate.begin', before, after, {});
    return 'begun';
  });
}

/** Nodes hold the old key, and would seal with it what this run has passed already. */
async function refuseNodes(queries: Queries): Promise<void> {
  const { rows } = await sql<{ host: string; pid: number | null }>`
    select host, process_id as pid from opencapf_private.node
    where heartbeat_at > now() - ${silenceMs} * interval '1 millisecond' order by started_at limit 10`.execute(queries);
  if (rows.length > 0) {
    const names = rows.map(({ host, pid }) => `${host}, process ${pid ?? 'unknown'}`);
    throw new StoreError('secret-key-rotation-nodes-alive', names.join('; '));
  }
}

/** A value as it lies there and as it is to be. */
interface Resealed {
  readonly id: number;
  readonly old: Buffer;
  readonly anew: Buffer;
}

type Place = (typeof sealedColumns)[number];

/** Seals what is under another key, in memory, and hands it on by batches. @returns how many values there were */
async function walk(
  { database, before, after }: SecretRotation,
  { table, column }: Place,
  batch: number,
  take: (values: readonly Resealed[]) => Promise<void>,
): Promise<number> {
  const [name, field, newKey] = [sql.id('opencapf_private', table), sql.id(column), Buffer.from(after.id, 'hex')];
  for (let all = 0, last = 0; ; ) {
    const { rows } = await sql<{ id: number; old: Buffer }>`
      select id, ${field} as old from ${name}
      where id > ${last} and ${field} is not null and substring(${field} from 2 for 8) <> ${newKey}
      order by id limit ${batch}`.execute(database.queries);
    const values = rows.map(({ id, old }) => {
      const place = { table, row: id, column };
      return { id, old, anew: after.seal(before.open(old, place), place) };
    });
    await take(values);
    all += rows.length;
    last = rows.at(-1)?.id ?? last;
    if (rows.length < batch) return all;
  }
}

async function replace(database: Database, { table, column }: Place, values: readonly Resealed[]): Promise<void> {
  const field = sql.id(column);
  const [ids, olds, news] = [values.map(({ id }) => id), values.map(({ old }) => old), values.map(({ anew }) => anew)];
  await sql`
    update ${sql.id('opencapf_private', table)} t set ${field} = n.anew
    from unnest(${ids}::bigint[], ${olds}::bytea[], ${news}::bytea[]) n(id, old, anew)
    where t.id = n.id and t.${field} = n.old`.execute(database.queries);
}

async function finish({ database, before, after }: SecretRotation, resealed: ResealedSecrets): Promise<void> {
  await database.transaction(async (queries) => {
    const kept = await lockKeyCheck(queries);
    const hashingKey = kept === undefined ? undefined : openHashingKey(before, kept.sealed);
    if (hashingKey === undefined) throw new StoreError('secret-key-mismatch', `given is ${before.id}`);
    for (const { table, column } of sealedColumns) await refuseLeftovers(queries, table, column, after);
    await queries
      .updateTable('secret_key_check')
      .set({ key_id: after.id, sealed: sealHashingKey(after, hashingKey), next_key_id: null })
      .execute();
    await audit(queries, 'secret-key.rotate', before, after, { ...resealed });
  });
}

async function refuseLeftovers(queries: Queries, table: string, column: string, after: SecretKey): Promise<void> {
  const { rows } = await sql<{ id: number }>`
    select id from ${sql.id('opencapf_private', table)}
    where ${sql.id(column)} is not null and substring(${sql.id(column)} from 2 for 8) <> ${Buffer.from(after.id, 'hex')}
    limit 1`.execute(queries);
  if (rows[0] !== undefined) throw new StoreError('sealed-value-unreadable', `${table}.${column}, row ${rows[0].id}`);
}

async function audit(
  queries: Queries,
  action: string,
  before: SecretKey,
  after: SecretKey,
  counts: Readonly<Record<string, number>>,
): Promise<void> {
  await recordAudit(queries, {
    actor: 'system',
    action,
    subjectKind: 'secret-key',
    subject: after.id,
    detail: { before: before.id, after: after.id, ...counts },
  });
}
