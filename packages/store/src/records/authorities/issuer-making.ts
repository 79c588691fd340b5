import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import type { Author } from '../administration/author.js';
import { recordAudit } from '../audit/audit.js';
import { lockSubject } from '../locks.js';
import { isOfProfile } from './issuer-named.js';
import { forgetUnusedKey, keepPrivateKey, type NewPrivateKey } from './private-keys.js';

/** A certificate that signs, with those above it. */
export interface SigningCertificate {
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER, from the certificate's issuer upwards, without the certificate itself. */
  readonly chain: readonly Uint8Array[];
}

/** An issuer of LSCs that is to be staged. */
export interface NewIssuer {
  readonly name: string;
  readonly kind: 'local' | 'est' | 'adcs' | 'cmp' | 'offline';
  /** Who signs the LSCs; undefined as long as an authority elsewhere has not shown its own. */
  readonly signing: SigningCertificate | undefined;
  /** Of a local one. */
  readonly key?: NewPrivateKey | undefined;
  /** What its kind wants to know, without secrets. */
  readonly configuration?: object | undefined;
  /** What is secret in that: kept sealed. */
  readonly secrets?: object | undefined;
  readonly validityDays?: number | undefined;
  readonly ecKeyUsage?: 'standard' | 'cisco' | undefined;
  readonly crlUrls?: readonly string[] | undefined;
  readonly aiaUrls?: readonly string[] | undefined;
}

/**
 * Stages an issuer: it stands in the trust bundle and signs nothing yet.
 *
 * @returns `nameTaken` when an issuer bears this name already, retired ones too. Several may be ways to the same CA.
 * `keyKeptElsewhere` when its key is on record already, and kept in another place.
 */
export async function stageIssuer(
  database: Database,
  secretKey: SecretKey,
  made: NewIssuer,
  author: Author,
): Promise<
  { readonly outcome: 'staged'; readonly id: number } | { readonly outcome: 'nameTaken' | 'keyKeptElsewhere' }
> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'issuers');
    const named = await queries.selectFrom('issuer').where('name', '=', made.name).select('id').executeTakeFirst();
    if (named !== undefined) return { outcome: 'nameTaken' };
    const { signing, key } = made;
    const keptKey = key === undefined ? null : await keepPrivateKey(queries, secretKey, key, 'issuer');
    if (keptKey === 'keptElsewhere') return { outcome: 'keyKeptElsewhere' };
    const { id } = await queries
      .insertInto('issuer')
      .values({
        name: made.name,
        kind: made.kind,
        state: 'staged',
        certificate: signing === undefined ? null : Buffer.from(signing.certificate),
        chain: (signing?.chain ?? []).map((der) => Buffer.from(der)),
        private_key_id: keptKey,
        configuration: sql`${JSON.stringify(made.configuration ?? {})}::jsonb`,
        ...(made.validityDays === undefined ? {} : { validity_days: made.validityDays }),
        ...(made.ecKeyUsage === undefined ? {} : { ec_key_usage: made.ecKeyUsage }),
        crl_urls: [...(made.crlUrls ?? [])],
        aia_urls: [...(made.aiaUrls ?? [])],
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    if (made.secrets !== undefined) {
      const sealed = secretKey.seal(Buffer.from(JSON.stringify(made.secrets)), issuerSecretsPlace(id));
      await queries.updateTable('issuer').set({ sealed_secrets: sealed }).where('id', '=', id).execute();
    }
    await recordAudit(queries, {
      actor: author.name,
      action: 'issuer.create',
      subjectKind: 'issuer',
      subject: made.name,
      remoteAddress: author.remoteAddress,
      detail: { issuer: id, kind: made.kind, algorithm: key?.algorithm },
    });
    return { outcome: 'staged', id };
  });
}

/**
 * Gives a staged issuer another certificate for the same key, such as the one that a site's CA made of its request. The
 * caller has checked that it belongs to the key.
 */
export async function replaceIssuerCertificate(
  database: Database,
  id: number,
  { certificate, chain }: SigningCertificate,
  author: Author,
): Promise<'replaced' | 'unknown' | 'notStaged'> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'issuers');
    const row = await queries.selectFrom('issuer').where('id', '=', id).select(['name', 'state']).executeTakeFirst();
    if (row === undefined) return 'unknown';
    if (row.state !== 'staged') return 'notStaged';
    const { sha256 } = await queries
      .updateTable('issuer')
      .set({ certificate: Buffer.from(certificate), chain: chain.map((der) => Buffer.from(der)) })
      .where('id', '=', id)
      .returning(sql<string>`encode(certificate_sha256, 'hex')`.as('sha256'))
      .executeTakeFirstOrThrow();
    await recordAudit(queries, {
      actor: author.name,
      action: 'issuer.certificate',
      subjectKind: 'issuer',
      subject: row.name,
      remoteAddress: author.remoteAddress,
      detail: { issuer: id, sha256, chain: chain.length },
    });
    return 'replaced';
  });
}

/**
 * Forgets an issuer that was never activated, with its key where nobody else has it.
 *
 * @returns `inUse` when devices or security profiles ask for it
 */
export async function discardIssuer(
  database: Database,
  id: number,
  author: Author,
): Promise<'discarded' | 'unknown' | 'notStaged' | 'inUse'> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'issuers');
    const row = await queries
      .selectFrom('issuer')
      .where('id', '=', id)
      .select(['name', 'state', 'private_key_id as key'])
      .executeTakeFirst();
    if (row === undefined) return 'unknown';
    if (row.state !== 'staged') return 'notStaged';
    const asking = await queries.selectFrom('device').where('issuer_id', '=', id).select('name').executeTakeFirst();
    if (asking !== undefined || (await isOfProfile(queries, id))) return 'inUse';
    await queries.deleteFrom('issuer').where('id', '=', id).execute();
    if (row.key !== null) await forgetUnusedKey(queries, row.key);
    await recordAudit(queries, {
      actor: author.name,
      action: 'issuer.discard',
      subjectKind: 'issuer',
      subject: row.name,
      remoteAddress: author.remoteAddress,
      detail: { issuer: id },
    });
    return 'discarded';
  });
}

/** What binds an issuer's sealed secrets to its row. */
export function issuerSecretsPlace(row: number) {
  return { table: 'issuer', row, column: 'sealed_secrets' };
}
