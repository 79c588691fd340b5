import type { Transaction, Updateable } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { DeviceTable, Tables } from '../../database/tables.js';
import type { Author } from '../administration/author.js';
import { recordAudit } from '../audit/audit.js';
import { issuerNamed } from '../authorities/issuer-named.js';
import { againAfterDeadlock } from '../deadlock.js';
import { lockSubject, shareSubject } from '../locks.js';
import { profileWithCapfSettings } from '../profiles/capf-settings.js';
import { phoneStanding, type StandingProfile } from '../profiles/phone-standing.js';
import { type CapfSettings, selectProfiles } from '../profiles/security-profile.js';
import { withoutUndefined } from '../without-undefined.js';
import type { DeviceRules } from './device-rules.js';

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

const noRules: DeviceRules = { isSameModel: (one, other) => one === other };

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
  rules: DeviceRules = noRules,
): Promise<DevicePut> {
  for (;;) {
    const outcome = await againAfterDeadlock(() => tryPut(database, name, kind, settings, author, rules));
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
  { judge, isSameModel }: DeviceRules,
): Promise<DevicePut | 'gone'> {
  return await database.transaction(async (queries) => {
    // Before any row, as changes of profiles do.
    if (settings.capfSettings !== undefined) await lockSubject(queries, 'security-profiles');
    else if (judge !== undefined) await shareSubject(queries, 'security-profiles');
    const issuer = await issuerNamed(queries, settings.certificateIssuer);
    if (issuer === 'unknown') return 'issuerUnknown';
    const named = await profileNamed(queries, settings.securityProfile);
    if (named === 'unknown') return 'profileUnknown';
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
    const before = await readSettings(queries, name);
    if (before === undefined) return 'gone';
    judge?.({
      before: created === undefined ? await phoneStanding(queries, name) : undefined,
      profile: named,
    });
    const profile = await profileOf(queries, { ...before, ...given }, settings, isSameModel, author);
    const wanted = profile === undefined ? given : { ...given, security_profile: profile };
    if (created !== undefined) {
      if (profile !== undefined) await set(queries, name, { security_profile: profile });
      await recordAudit(queries, { ...audited, action: 'device.create', detail: wanted });
      return 'created';
    }
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

/** The profile that is named, which stays on record until the transaction ends; what names none is passed through. */
async function profileNamed(
  queries: Transaction<Tables>,
  name: string | null | undefined,
): Promise<StandingProfile | null | undefined | 'unknown'> {
  if (name == null) return name;
  const profile = await selectProfiles(queries).where('p.name', '=', name).forKeyShare('p').executeTakeFirst();
  return profile ?? 'unknown';
}

/** The profile that CAPF settings of a device ask for; undefined when none were given. */
async function profileOf(
  queries: Transaction<Tables>,
  device: Pick<Updateable<DeviceTable>, 'model' | 'protocol' | 'security_profile'>,
  { capfSettings }: DeviceSettings,
  isSameModel: DeviceRules['isSameModel'],
  author: Author,
): Promise<string | undefined> {
  if (capfSettings === undefined) return undefined;
  const { model = null, protocol = null, security_profile: securityProfile = null } = device;
  const profiled = { model, protocol, securityProfile };
  return await profileWithCapfSettings(queries, profiled, capfSettings, isSameModel, author);
}

function columns(settings: DeviceSettings, issuer: number | null | undefined): Updateable<DeviceTable> {
  const given = {
    description: settings.description,
    model: settings.model,
    protocol: settings.protocol,
    device_pool: settings.devicePool,
    security_profile: settings.securityProfile,
    issuer_id: issuer,
    labels: settings.labels === undefined ? undefined : [...settings.labels],
    encrypted_configuration: settings.encryptedConfiguration,
  };
  return withoutUndefined(given);
}
