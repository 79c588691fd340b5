import { isDeepStrictEqual } from 'node:util';
import { sql, type Transaction } from 'kysely';
import type { Database } from '../../database/connect.js';
import { codeOf } from '../../database/faults.js';
import type { Tables } from '../../database/tables.js';
import type { Author } from '../administration/author.js';
import { recordDeed } from '../audit/audit.js';
import { issuerNamed } from '../authorities/issuer-named.js';
import { againAfterDeadlock } from '../deadlock.js';
import { lockSubject } from '../locks.js';
import { withoutUndefined } from '../without-undefined.js';
import { type AlikePhones, standingsOfProfile } from './phone-standing.js';
import {
  profileColumns,
  type SecurityProfile,
  type SecurityProfileSettings,
  selectProfiles,
} from './security-profile.js';

/** What an administrator says anew of a profile; what is left out stays as it is. */
export type ProfileChange = {
  readonly [Field in keyof SecurityProfileSettings | 'name']?:
    | (Field extends keyof SecurityProfileSettings ? SecurityProfileSettings[Field] : string)
    | undefined;
};

/** Makes a profile. `issuerUnknown`: no authority of the name that was given signs LSCs, or will. */
export async function createProfile(
  database: Database,
  name: string,
  settings: SecurityProfileSettings,
  author: Author,
): Promise<'created' | 'nameTaken' | 'issuerUnknown'> {
  return await database.transaction(async (queries) => await addProfile(queries, name, settings, author));
}

/** The same within a transaction of the caller's. */
export async function addProfile(
  queries: Transaction<Tables>,
  name: string,
  settings: SecurityProfileSettings,
  author: Author,
): Promise<'created' | 'nameTaken' | 'issuerUnknown'> {
  const issuer = await issuerNamed(queries, settings.certificateIssuer);
  if (issuer === 'unknown') return 'issuerUnknown';
  const made = await queries
    .insertInto('security_profile')
    .values({ name, ...profileColumns(settings, issuer) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (made === undefined) return 'nameTaken';
  await recordDeed(queries, author, 'profile.create', ['security-profile', name], { ...settings });
  return 'created';
}

/** A profile that is to change, and the phones that it will reach. */
export interface ProfileChangeStanding {
  readonly before: SecurityProfile;
  readonly after: SecurityProfileSettings;
  readonly phones: readonly AlikePhones[];
}

/**
 * Changes a profile, and with it the files of all devices that have it.
 *
 * @param judge - throws what stands against it, and nothing is changed; no phone is given the profile, nor anything else that bears on
 * it, until the change is done
 * @returns `predefined` when it is one of the service's own; `issuerUnknown` as {@link createProfile}
 */
export async function changeProfile(
  database: Database,
  name: string,
  change: ProfileChange,
  author: Author,
  judge: (standing: ProfileChangeStanding) => void = () => undefined,
): Promise<'changed' | 'unchanged' | 'unknown' | 'predefined' | 'nameTaken' | 'issuerUnknown'> {
  try {
    return await againAfterDeadlock(() =>
      database.transaction(async (queries) => {
        await lockSubject(queries, 'security-profiles');
        const before = await lockProfile(queries, name);
        if (before === undefined) return 'unknown';
        if (before.predefined) return 'predefined';
        const { name: newName = name, ...given } = change;
        const settings: SecurityProfileSettings = { ...settingsOf(before), ...withoutUndefined(given) };
        judge({ before, after: settings, phones: await standingsOfProfile(queries, name) });
        const changed = changedFields(before, { ...given, name: newName });
        if (Object.keys(changed).length === 0) return 'unchanged';
        const issuer = await issuerNamed(queries, settings.certificateIssuer);
        // One that was retired meanwhile may stay as long as nobody names another.
        if (issuer === 'unknown' && 'certificateIssuer' in changed) return 'issuerUnknown';
        const { issuer_id, ...columns } = profileColumns(settings, issuer === 'unknown' ? null : issuer);
        if (newName !== name) await lockDevicesOf(queries, name);
        await queries
          .updateTable('security_profile')
          .set({ name: newName, ...columns, updated_at: sql<Date>`clock_timestamp()` })
          .$if('certificateIssuer' in changed, (update) => update.set({ issuer_id }))
          .where('name', '=', name)
          .execute();
        await recordDeed(queries, author, 'profile.change', ['security-profile', name], changed);
        return 'changed';
      }),
    );
  } catch (fault) {
    if (change.name !== undefined && codeOf(fault) === '23505') return 'nameTaken';
    throw fault;
  }
}

/** Deletes a profile that no device has. */
export async function deleteProfile(
  database: Database,
  name: string,
  author: Author,
): Promise<'deleted' | 'unknown' | 'predefined' | 'inUse'> {
  try {
    return await database.transaction(async (queries) => {
      await lockSubject(queries, 'security-profiles');
      const before = await lockProfile(queries, name);
      if (before === undefined) return 'unknown';
      if (before.predefined) return 'predefined';
      await queries.deleteFrom('security_profile').where('name', '=', name).execute();
      await recordDeed(queries, author, 'profile.delete', ['security-profile', name], { ...settingsOf(before) });
      return 'deleted';
    });
  } catch (fault) {
    if (codeOf(fault) === '23503') return 'inUse';
    throw fault;
  }
}

async function lockProfile(queries: Transaction<Tables>, name: string): Promise<SecurityProfile | undefined> {
  return await selectProfiles(queries).where('p.name', '=', name).forUpdate('p').executeTakeFirst();
}

function settingsOf(profile: SecurityProfile): SecurityProfileSettings {
  const { name, predefined, createdAt, updatedAt, ...settings } = profile;
  return settings;
}

/** In the order in which all that reaches many devices locks them: a new name is written into each. */
async function lockDevicesOf(queries: Transaction<Tables>, profile: string): Promise<void> {
  await queries
    .selectFrom('device')
    .where('security_profile', '=', profile)
    .select('id')
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
}

function changedFields(before: SecurityProfile, given: ProfileChange): Readonly<Record<string, unknown>> {
  const known: Readonly<Record<string, unknown>> = { ...before };
  const changed = Object.entries(given).filter(
    ([field, value]) => value !== undefined && !isDeepStrictEqual(value, known[field]),
  );
  return Object.fromEntries(changed.map(([field, after]) => [field, { before: known[field], after }]));
}
