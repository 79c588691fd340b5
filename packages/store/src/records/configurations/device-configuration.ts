import { sql, type Transaction } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { Tables } from '../../database/tables.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import type { Author } from '../administration/author.js';
import { recordDeed } from '../audit/audit.js';
import { againAfterDeadlock } from '../deadlock.js';
import { lockDevice } from '../locks.js';
import { configurationPlace, fieldsPlace } from './sealed-places.js';

/** A configuration file as an administrator gives it: whole, or a template with the texts that fill its fields. */
export type GivenConfiguration =
  | { readonly xml: Uint8Array }
  | {
      readonly template: string;
      /** Of the template whose fields were looked at. */
      readonly templateVersion: number;
      readonly fields: Readonly<Record<string, string>>;
    };

/** What is on record of a device's configuration file beside its content. */
export interface ConfigurationRecord {
  readonly version: number;
  readonly template: string | null;
  readonly updatedAt: Date;
  readonly updatedBy: string;
}

const nextVersion = sql<number>`nextval('opencapf_private.configuration_version')`;

/**
 * Keeps the configuration file of a device, sealed, in place of one that is there. The audit names neither content nor fields.
 *
 * @returns `templateChanged`: the template is another one by now, or gone
 */
export async function putConfiguration(
  database: Database,
  secretKey: SecretKey,
  device: string,
  given: GivenConfiguration,
  author: Author,
): Promise<'created' | 'replaced' | 'deviceUnknown' | 'templateChanged'> {
  return await againAfterDeadlock(() =>
    database.transaction(async (queries) => {
      // The template before the device, as a change of the template takes them.
      const template = 'xml' in given ? null : await lockTemplate(queries, given);
      const id = await lockDevice(queries, device);
      if (id === undefined) return 'deviceUnknown';
      if (template === undefined) return 'templateChanged';
      const values = { ...contentOf(secretKey, id, given, template), updated_by: author.name };
      const kept = await queries
        .insertInto('device_configuration')
        .values({ id, ...values })
        .onConflict((conflict) =>
          conflict
            .column('id')
            .doUpdateSet({ ...values, version: nextVersion, updated_at: sql<Date>`clock_timestamp()` }),
        )
        .returning(['version', sql<boolean>`xmax = 0`.as('created')])
        .executeTakeFirstOrThrow();
      const what = 'xml' in given ? { bytes: given.xml.length } : { template: given.template };
      await recordDeed(queries, author, 'configuration.put', ['device', device], { version: kept.version, ...what });
      return kept.created ? 'created' : 'replaced';
    }),
  );
}

/** Forgets the configuration file of a device. */
export async function deleteConfiguration(
  database: Database,
  device: string,
  author: Author,
): Promise<'deleted' | 'none' | 'deviceUnknown'> {
  return await database.transaction(async (queries) => {
    const id = await lockDevice(queries, device);
    if (id === undefined) return 'deviceUnknown';
    const { numDeletedRows } = await queries.deleteFrom('device_configuration').where('id', '=', id).executeTakeFirst();
    if (numDeletedRows === 0n) return 'none';
    await recordDeed(queries, author, 'configuration.delete', ['device', device]);
    return 'deleted';
  });
}

/** What is on record beside the content. */
export async function readConfigurationRecord(
  database: Database,
  device: string,
): Promise<ConfigurationRecord | undefined> {
  return await database.queries
    .selectFrom('device_configuration as c')
    .innerJoin('device as d', 'd.id', 'c.id')
    .leftJoin('configuration_template as t', 't.id', 'c.template_id')
    .where('d.name', '=', device)
    .select([
      sql<number>`greatest(c.version, t.version)`.as('version'),
      't.name as template',
      'c.updated_at as updatedAt',
      'c.updated_by as updatedBy',
    ])
    .executeTakeFirst();
}

/** Says in the audit that somebody read a file, which holds passwords. */
export async function noteConfigurationRead(database: Database, device: string, author: Author): Promise<void> {
  await database.transaction(async (queries) => {
    await recordDeed(queries, author, 'configuration.read', ['device', device]);
  });
}

type FromTemplate = Exclude<GivenConfiguration, { readonly xml: Uint8Array }>;

/** Keeps a template as it is until the transaction ends. @returns its number; undefined when it is another by now, or gone */
async function lockTemplate(queries: Transaction<Tables>, given: FromTemplate): Promise<number | undefined> {
  const template = await queries
    .selectFrom('configuration_template')
    .where('name', '=', given.template)
    .where('version', '=', given.templateVersion)
    .select('id')
    .forShare()
    .executeTakeFirst();
  return template?.id;
}

function contentOf(secretKey: SecretKey, id: number, given: GivenConfiguration, template: number | null) {
  if ('xml' in given) {
    return { sealed: secretKey.seal(given.xml, configurationPlace(id)), template_id: null, sealed_fields: null };
  }
  const fields = secretKey.seal(Buffer.from(JSON.stringify(given.fields)), fieldsPlace(id));
  return { sealed: null, template_id: template, sealed_fields: fields };
}
