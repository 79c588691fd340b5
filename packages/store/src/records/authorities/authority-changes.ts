import { isDeepStrictEqual } from 'node:util';
import { sql, type Transaction } from 'kysely';
import type { Database } from '../../database/connect.js';
import { codeOf } from '../../database/faults.js';
import type { Tables } from '../../database/tables.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import type { Author } from '../administration/author.js';
import { recordAudit } from '../audit/audit.js';
import { authorityIs, type WhichAuthority } from './authority-facts.js';
import { issuerSecretsPlace } from './issuer-making.js';
import { keepLocalSettings, type LocalColumns, localColumns, localSettings } from './local-settings.js';

/** How an authority elsewhere is asked, or a local one signs. */
export interface AuthoritySettings {
  /** Without secrets; of a local one its `LocalSettings`. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** The certificate that LSCs are signed by, and those above it, DER. */
export interface AuthorityChain {
  readonly certificate: Uint8Array;
  readonly chain: readonly Uint8Array[];
}

/** What is on record of an authority before a change. */
export interface AuthorityOnRecord extends AuthoritySettings {
  readonly kind: string;
}

/** What an administrator says anew of an authority; what is left out stays as it is. */
export interface AuthorityChange {
  readonly name?: string | undefined;
  /** Null: not at all. */
  readonly acceptExpiredUntil?: Date | null | undefined;
  /** Makes the new settings of those on record; called with the authority locked. What it throws leaves all as it was. */
  readonly settings?: ((before: AuthorityOnRecord) => AuthoritySettings) | undefined;
  readonly trust?: AuthorityChain | undefined;
}

/** `hasIssued`: another certificate that signs LSCs was given, and LSCs are on record that the first one signed. */
export type AuthorityChanged = 'changed' | 'unchanged' | 'unknown' | 'nameTaken' | 'hasIssued';

/**
 * Changes what administrators may change of an authority. It holds for the next phone on every node.
 *
 * @throws StoreError `sealed-value-unreadable`; what `settings` throws
 */
export async function changeAuthority(
  database: Database,
  secretKey: SecretKey,
  key: WhichAuthority,
  change: AuthorityChange,
  author: Author,
): Promise<AuthorityChanged> {
  try {
    return await database.transaction(async (queries) => await tryChange(queries, secretKey, key, change, author));
  } catch (fault) {
    if (change.name !== undefined && codeOf(fault) === '23505') return 'nameTaken';
    throw fault;
  }
}

interface LockedAuthority extends LocalColumns {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly keyId: number | null;
  readonly certificate: Buffer | null;
  readonly acceptExpiredUntil: Date | null;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly sealedSecrets: Buffer | null;
}

async function tryChange(
  queries: Transaction<Tables>,
  secretKey: SecretKey,
  key: WhichAuthority,
  { name, acceptExpiredUntil, settings, trust }: AuthorityChange,
  author: Author,
): Promise<AuthorityChanged> {
  const { rows } = await sql<LockedAuthority>`
    select i.id, i.name, i.kind, i.certificate, i.accept_expired_until as "acceptExpiredUntil", i.configuration,
      i.sealed_secrets as "sealedSecrets", i.private_key_id as "keyId", ${localColumns}
    from opencapf_private.issuer i left join opencapf_private.private_key k on k.id = i.private_key_id
    where ${authorityIs(key)} for update of i`.execute(queries);
  const [before] = rows;
  if (before === undefined) return 'unknown';
  if (trust !== undefined && !before.certificate?.equals(trust.certificate)) {
    const issued = await queries
      .selectFrom('certificate')
      .where('issuer_id', '=', before.id)
      .select('id')
      .limit(1)
      .executeTakeFirst();
    if (issued !== undefined) return 'hasIssued';
  }
  const detail: Record<string, unknown> = {};
  if (name !== undefined && name !== before.name) {
    detail['name'] = { before: before.name, after: name };
    await queries.updateTable('issuer').set({ name }).where('id', '=', before.id).execute();
  }
  if (acceptExpiredUntil !== undefined && acceptExpiredUntil?.getTime() !== before.acceptExpiredUntil?.getTime()) {
    detail['acceptExpiredUntil'] = { before: before.acceptExpiredUntil, after: acceptExpiredUntil };
    const set = { accept_expired_until: acceptExpiredUntil };
    await queries.updateTable('issuer').set(set).where('id', '=', before.id).execute();
  }
  if (settings !== undefined) {
    const secrets = openSecrets(secretKey, before);
    const isLocal = before.kind === 'local';
    const known = isLocal ? { ...localSettings(before) } : before.configuration;
    const after = settings({ kind: before.kind, configuration: known, secrets });
    if (!isDeepStrictEqual(after.configuration, known)) {
      detail['configuration'] = { before: known, after: after.configuration };
      if (isLocal) await keepLocalSettings(queries, before.id, before.keyId, after.configuration);
      else {
        const configuration = JSON.stringify(after.configuration);
        await queries.updateTable('issuer').set({ configuration }).where('id', '=', before.id).execute();
      }
    }
    const names = [...new Set([...Object.keys(secrets), ...Object.keys(after.secrets)])].sort();
    const changed = names.filter((one) => secrets[one] !== after.secrets[one]);
    if (changed.length > 0) {
      detail['secretsChanged'] = changed;
      await keepSecrets(queries, secretKey, before.id, after.secrets);
    }
  }
  if (trust !== undefined) {
    const certificate = Buffer.from(trust.certificate);
    const chain = trust.chain.map((der) => Buffer.from(der));
    await queries.updateTable('issuer').set({ certificate, chain }).where('id', '=', before.id).execute();
    detail['lscTrust'] = { certificates: 1 + chain.length };
  }
  if (Object.keys(detail).length === 0) return 'unchanged';
  await recordAudit(queries, {
    actor: author.name,
    action: 'issuer.change',
    subjectKind: 'issuer',
    subject: before.name,
    remoteAddress: author.remoteAddress,
    detail: { issuer: before.id, ...detail },
  });
  return 'changed';
}

function openSecrets(secretKey: SecretKey, { id, sealedSecrets }: LockedAuthority): Readonly<Record<string, string>> {
  if (sealedSecrets === null) return {};
  return JSON.parse(secretKey.open(sealedSecrets, issuerSecretsPlace(id)).toString()) as Record<string, string>;
}

async function keepSecrets(
  queries: Transaction<Tables>,
  secretKey: SecretKey,
  id: number,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const some = Object.keys(secrets).length > 0;
  const sealed = some ? secretKey.seal(Buffer.from(JSON.stringify(secrets)), issuerSecretsPlace(id)) : null;
  await queries.updateTable('issuer').set({ sealed_secrets: sealed }).where('id', '=', id).execute();
}
