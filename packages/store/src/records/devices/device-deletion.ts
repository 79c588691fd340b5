import type { Database } from '../../database/connect.js';
import type { Author } from '../administration/author.js';
import { againAfterDeadlock } from '../deadlock.js';

/**
 * Deletes a device: its open operation is cancelled, its LSCs are revoked; they, its operations and its sessions stay on
 * record under its name.
 *
 * @returns false when there is no such device
 */
export async function deleteDevice(database: Database, name: string, author: Author): Promise<boolean> {
  return await againAfterDeadlock(async () => {
    const { rows } = await database.prepared<{ done: boolean }>(
      'delete-device',
      'select opencapf_private.delete_device($1, $2, $3) as done',
      [name, author.name, author.remoteAddress],
    );
    return rows[0]?.done === true;
  });
}
