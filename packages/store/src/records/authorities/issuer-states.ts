import { sql, type Transaction } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { IssuerTable, Tables } from '../../database/tables.js';
import type { Author } from '../administration/author.js';
import { recordAudit } from '../audit/audit.js';
import { lockSubject } from '../locks.js';
import { type ActivationHold, type ActivationWish, activationHold } from '../trust-lists/activation-hold.js';
import { isOfProfile } from './issuer-named.js';

/** What became of a wish to activate an issuer. */
export type IssuerActivation =
  | 'activated'
  | 'unknown'
  /** It is active or retired. */
  | 'notStaged'
  /** It has no certificate yet that LSCs could be checked against. */
  | 'noCertificate'
  /** Nobody can tell whether call control trusts it: whoever activates it must say so. Or phones have not fetched it. */
  | ActivationHold;

/** What became of a wish to retire one. */
export type IssuerRetirement =
  | 'retired'
  | 'unknown'
  /** It is staged, or retired already. */
  | 'notActive'
  /** It signs for all devices that ask for no other. Another must be made the default first. */
  | 'isDefault'
  /** Without it nobody could sign. */
  | 'isLast'
  /** Devices or security profiles ask for it by name. */
  | 'inUse'
  /** Operations wait for what it was asked. */
  | 'hasRequests';

interface IssuerRow {
  readonly name: string;
  readonly state: IssuerTable['state'];
  readonly isDefault: boolean;
  readonly hasCertificate: boolean;
  /** Over the certificate, lower-case hex. */
  readonly sha256: string | null;
}

/**
 * Lets a staged issuer sign from the next phone on.
 *
 * Whoever verifies LSCs (call control, RADIUS, VPN, SRST) must trust it by then, which cannot be seen from here: somebody must say so.
 * One whose certificate is a CAPF certificate stands in trust lists, and devices that fetch these from us must have it.
 *
 * @param makeDefault - it takes the default's place in the same moment
 */
export async function activateIssuer(
  database: Database,
  id: number,
  { makeDefault = false, ...wish }: ActivationWish & { readonly makeDefault?: boolean | undefined },
  author: Author,
): Promise<IssuerActivation> {
  return await change(database, id, author, async (queries, row, record) => {
    if (row.state !== 'staged') return 'notStaged';
    if (!row.hasCertificate) return 'noCertificate';
    const hold = await activationHold(queries, row.sha256 ?? '', wish, false);
    if (hold !== undefined) return hold;
    await queries
      .updateTable('issuer')
      .set({ state: 'active', activated_at: sql<Date>`now()` })
      .where('id', '=', id)
      .execute();
    if (makeDefault) await moveDefault(queries, id);
    await record('issuer.activate', { makeDefault });
    return 'activated';
  });
}

/** Lets an active issuer sign for devices that ask for no other, from the next phone on. */
export async function makeDefaultIssuer(
  database: Database,
  id: number,
  author: Author,
): Promise<'changed' | 'unknown' | 'notActive'> {
  return await change(database, id, author, async (queries, row, record) => {
    if (row.state !== 'active') return 'notActive';
    if (row.isDefault) return 'changed';
    await moveDefault(queries, id);
    await record('issuer.default', {});
    return 'changed';
  });
}

/** Ends an issuer's signing for good. LSCs that it signed go on proving identity. */
export async function retireIssuer(database: Database, id: number, author: Author): Promise<IssuerRetirement> {
  return await change(database, id, author, async (queries, row, record) => {
    if (row.state !== 'active') return 'notActive';
    const others = await queries
      .selectFrom('issuer')
      .where('state', '=', 'active')
      .where('id', '<>', id)
      .select('id')
      .executeTakeFirst();
    if (others === undefined) return 'isLast';
    if (row.isDefault) return 'isDefault';
    const asking = await queries.selectFrom('device').where('issuer_id', '=', id).select('name').executeTakeFirst();
    if (asking !== undefined || (await isOfProfile(queries, id))) return 'inUse';
    const open = await queries
      .selectFrom('authority_request')
      .where('issuer_id', '=', id)
      .where('ended_at', 'is', null)
      .select('certificate_id')
      .executeTakeFirst();
    if (open !== undefined) return 'hasRequests';
    await queries
      .updateTable('issuer')
      .set({ state: 'retired', retired_at: sql<Date>`now()` })
      .where('id', '=', id)
      .execute();
    await record('issuer.retire', {});
    return 'retired';
  });
}

async function moveDefault(queries: Transaction<Tables>, to: number): Promise<void> {
  await queries.updateTable('issuer').set({ is_default: false }).where('is_default', '=', true).execute();
  await queries.updateTable('issuer').set({ is_default: true }).where('id', '=', to).execute();
}

/** One change of an issuer's state at a time, of all nodes, with its entry in the audit. */
async function change<Outcome extends string | object>(
  database: Database,
  id: number,
  author: Author,
  decide: (
    queries: Transaction<Tables>,
    row: IssuerRow,
    record: (action: string, detail: Readonly<Record<string, unknown>>) => Promise<void>,
  ) => Promise<Outcome>,
): Promise<Outcome | 'unknown'> {
  return await database.transaction(async (queries) => {
    await lockSubject(queries, 'issuers');
    const row = await queries
      .selectFrom('issuer')
      .where('id', '=', id)
      .select(['name', 'state', 'is_default as isDefault'])
      .select([
        sql<boolean>`certificate is not null`.as('hasCertificate'),
        sql<string | null>`encode(certificate_sha256, 'hex')`.as('sha256'),
      ])
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return 'unknown';
    return await decide(queries, row, async (action, detail) => {
      await recordAudit(queries, {
        actor: author.name,
        action,
        subjectKind: 'issuer',
        subject: row.name,
        remoteAddress: author.remoteAddress,
        detail: { issuer: id, ...detail },
      });
    });
  });
}
