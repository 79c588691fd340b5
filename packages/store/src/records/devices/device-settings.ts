import type { Transaction, Updateable } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { DeviceTable, Tables } from '../../database/tables.js';
import type { Author } from '../administration/author.js';
import { recordAudit } from '../audit/audit.js';
import { againAfterDeadlock } from '../deadlock.js';

/** What an administrator says of a device; what is left out stays as it is. */
export interface DeviceSettings {
  readonly description?: string | undefined;
  readonly model?: string | null | undefined;
  readonly protocol?: 'SIP' | 'SCCP' | null | undefined;
  readonly devicePool?: string | null | undefined;
  readonly securityProfile?: string | null | undefined;
  readonly labels?: readonly string[] | undefined;
  /** Null: as the site's default says. */
  readonly encryptedConfiguration?: boolean | null | undefined;
  /** Certificate Issuer to Endpoint: the name of an authority; null: the default. */
  readonly certificateIssuer?: string | null | undefined;
}

/**
 * Creates a device, or changes its settings and nothing else of it.
 *
 * @param name - of the form that its kind asks for
 * @returns `issuerUnknown` when no authority of the name that was given signs LSCs, or will
 */
export async function putDevice(
  database: Database,
  name: string,
  kind: 'phone' | 'softphone',
  settings: DeviceSettings,
  author: Author,
): Promise<'created' | 'changed' | 'unchanged' | 'issuerUnknown'> {
  for (;;) {
    const outcome = await tryPut(database, name, kind, settings, author);
    if (outcome !== 'gone') return outcome;
  }
}

/** `gone`: somebody deleted the device in the middle. */
async function tryPut(
  database: Database,
  name: string,
  kind: 'phone' | 'softphone',
  settings: DeviceSettings,
  author: Author,
): Promise<'created' | 'changed' | 'unchanged' | 'issuerUnknown' | 'gone'> {
  return await database.transaction(async (queries) => {
    const issuer = await issuerOf(queries, settings.certificateIssuer);
    if (issuer === 'unknown') return 'issuerUnknown';
    const given = columns(settings, issuer);
    const created = await queries
      .insertInto('device')
      .values({ ...given, name, kind })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returning('id')
      .executeTakeFirst();
    const audited = {
      actor: author.name,
      remoteAddress: author.remoteAddress,
      subjectKind: 'device',
      subject: name,
    };
    if (created !== undefined) {
      await recordAudit(queries, { ...audited, action: 'device.create', detail: given });
      return 'created';
    }
    const before = await queries
      .selectFrom('device')
      .where('name', '=', name)
      .select([
        'description',
        'model',
        'protocol',
        'device_pool',
        'security_profile',
        'issuer_id',
        'labels',
        'encrypted_configuration',
      ])
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (before === undefined) return 'gone';
    const known: Readonly<Record<string, unknown>> = before;
    const changed = Object.entries(given).filter(
      ([key, value]) => JSON.stringify(known[key]) !== JSON.stringify(value),
    );
    if (changed.length === 0) return 'unchanged';
    await queries.updateTable('device').set(Object.fromEntries(changed)).where('name', '=', name).execute();
    const detail = Object.fromEntries(changed.map(([key, after]) => [key, { before: known[key], after }]));
    await recordAudit(queries, { ...audited, action: 'device.change', detail });
    return 'changed';
  });
}

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

/** The number of the authority of this name, held until the transaction ends; what means none of them is passed through. */
async function issuerOf(
  queries: Transaction<Tables>,
  name: string | null | undefined,
): Promise<number | null | undefined | 'unknown'> {
  if (name == null) return name;
  const issuer = await queries
    .selectFrom('issuer')
    .where('name', '=', name)
    .where('state', '<>', 'retired')
    .select('id')
    .forShare()
    .executeTakeFirst();
  return issuer?.id ?? 'unknown';
}

function columns(settings: DeviceSettings, issuer: number | null | undefined): Updateable<DeviceTable> {
  const given = {
    description: settings.description,
    model: settings.model,
    protocol: settings.protocol,
    device_pool: settings.devicePool,
    security_profile: settings.securityProfile,
    issuer_id: issuer,
    labels: settings.labels,
    encrypted_configuration: settings.encryptedConfiguration,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
