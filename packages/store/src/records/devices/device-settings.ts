import type { Transaction, Updateable } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { DeviceTable, Tables } from '../../database/tables.js';
import type { Author } from '../administration/author.js';
import { recordAudit } from '../audit/audit.js';
import { issuerNamed } from '../authorities/issuer-named.js';
import { againAfterDeadlock } from '../deadlock.js';
import { profileWithCapfSettings } from '../profiles/capf-settings.js';
import type { CapfSettings } from '../profiles/security-profile.js';

/** What an administrator says of a device; what is left out stays as it is. */
export interface DeviceSettings {
  readonly description?: string | undefined;
  readonly model?: string | null | undefined;
  readonly protocol?: 'SIP' | 'SCCP' | null | undefined;
  readonly devicePool?: string | null | undefined;
  /** The name of a security profile. */
  readonly securityProfile?: string | null | undefined;
  /** Changed on the device: the profile that says so is applied, or made. */
  readonly capfSettings?: { readonly [Field in keyof CapfSettings]?: CapfSettings[Field] | undefined } | undefined;
  readonly labels?: readonly string[] | undefined;
  /** Null: as its security profile says. */
  readonly encryptedConfiguration?: boolean | null | undefined;
  /** Certificate Issuer to Endpoint: the name of an authority; null: the default. */
  readonly certificateIssuer?: string | null | undefined;
}

/** `issuerUnknown`, `profileUnknown`: what was named is not on record, or signs no LSCs any more. */
export type DevicePut = 'created' | 'changed' | 'unchanged' | 'issuerUnknown' | 'profileUnknown';

/**
 * Creates a device, or changes its settings and nothing else of it.
 *
 * @param name - of the form that its kind asks for
 */
export async function putDevice(
  database: Database,
  name: string,
  kind: 'phone' | 'softphone',
  settings: DeviceSettings,
  author: Author,
): Promise<DevicePut> {
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
): Promise<DevicePut | 'gone'> {
  return await database.transaction(async (queries) => {
    const issuer = await issuerNamed(queries, settings.certificateIssuer);
    if (issuer === 'unknown') return 'issuerUnknown';
    if (!(await isProfile(queries, settings.securityProfile))) return 'profileUnknown';
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
    const read = async () => await readSettings(queries, name);
    if (created !== undefined) {
      const profile = await profileOf(queries, await read(), settings, author);
      if (profile !== undefined) await set(queries, name, { security_profile: profile });
      const detail = profile === undefined ? given : { ...given, security_profile: profile };
      await recordAudit(queries, { ...audited, action: 'device.create', detail });
      return 'created';
    }
    const before = await read();
    if (before === undefined) return 'gone';
    const profile = await profileOf(queries, { ...before, ...given }, settings, author);
    const wanted = profile === undefined ? given : { ...given, security_profile: profile };
    const known: Readonly<Record<string, unknown>> = before;
    const changed = Object.entries(wanted).filter(
      ([key, value]) => JSON.stringify(known[key]) !== JSON.stringify(value),
    );
    if (changed.length === 0) return 'unchanged';
    await set(queries, name, Object.fromEntries(changed));
    const detail = Object.fromEntries(changed.map(([key, after]) => [key, { before: known[key], after }]));
    await recordAudit(queries, { ...audited, action: 'device.change', detail });
    return 'changed';
  });
}

async function set(queries: Transaction<Tables>, name: string, values: Updateable<DeviceTable>): Promise<void> {
  await queries.updateTable('device').set(values).where('name', '=', name).execute();
}

/** The settings of a device, which nobody else changes until the transaction ends. */
async function readSettings(queries: Transaction<Tables>, name: string) {
  return await queries
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
}

/** Whether a profile that is named is on record, which it stays until the transaction ends. */
async function isProfile(queries: Transaction<Tables>, name: string | null | undefined): Promise<boolean> {
  if (name == null) return true;
  const profile = await queries
    .selectFrom('security_profile')
    .where('name', '=', name)
    .select('id')
    .forKeyShare()
    .executeTakeFirst();
  return profile !== undefined;
}

/** The profile that CAPF settings of a device ask for; undefined when none were given. */
async function profileOf(
  queries: Transaction<Tables>,
  device: Pick<Updateable<DeviceTable>, 'model' | 'protocol' | 'security_profile'> | undefined,
  { capfSettings }: DeviceSettings,
  author: Author,
): Promise<string | undefined> {
  if (capfSettings === undefined || device === undefined) return undefined;
  const { model = null, protocol = null, security_profile: securityProfile = null } = device;
  return await profileWithCapfSettings(queries, { model, protocol, securityProfile }, capfSettings, author);
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
