import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import { type Page, pageOf } from '../page.js';
import { type SecurityProfile, selectProfiles } from './security-profile.js';

/** Which profiles: all that are given must hold. */
export interface ProfileFilter {
  readonly model?: string | undefined;
  readonly protocol?: 'SIP' | 'SCCP' | undefined;
  readonly predefined?: boolean | undefined;
}

/** Profiles by name. @param after - the name that the page before ended with */
export async function listProfiles(
  database: Database,
  { model, protocol, predefined }: ProfileFilter,
  limit: number,
  after: string | undefined,
): Promise<Page<SecurityProfile, string>> {
  const rows = await selectProfiles(database.queries)
    .$if(model !== undefined, (query) => query.where('p.model', '=', model ?? ''))
    .$if(protocol !== undefined, (query) => query.where('p.protocol', '=', protocol ?? null))
    .$if(predefined !== undefined, (query) => query.where('p.predefined', '=', predefined ?? false))
    .$if(after !== undefined, (query) => query.where('p.name', '>', after ?? ''))
    .orderBy('p.name')
    .limit(limit + 1)
    .execute();
  return pageOf(rows, limit, ({ name }) => name);
}

/** The profile of this name, and how many devices have it. */
export async function readProfile(
  database: Database,
  name: string,
): Promise<(SecurityProfile & { readonly devices: number }) | undefined> {
  return await selectProfiles(database.queries)
    .select(
      sql<number>`(select count(*) from opencapf_private.device d where d.security_profile = p.name)`.as('devices'),
    )
    .where('p.name', '=', name)
    .executeTakeFirst();
}
