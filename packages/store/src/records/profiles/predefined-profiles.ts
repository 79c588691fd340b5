import type { Database } from '../../database/connect.js';
import { profileColumns, type SecurityProfile, usualProfile } from './security-profile.js';

/** Sees to it that the predefined profiles are there; one of such a name that an administrator made stays as it is. */
export async function ensurePredefinedProfiles(
  database: Database,
  profiles: readonly Pick<SecurityProfile, 'name' | 'model' | 'protocol'>[],
): Promise<void> {
  if (profiles.length === 0) return;
  const values = profiles.map(({ name, model, protocol }) => ({
    name,
    ...profileColumns({ ...usualProfile, description: name, model, protocol }, null),
    predefined: true,
  }));
  await database.queries
    .insertInto('security_profile')
    .values(values)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
}
