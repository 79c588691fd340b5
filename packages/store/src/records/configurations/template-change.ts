import { sql, type Transaction } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { Tables } from '../../database/tables.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import type { Author } from '../administration/author.js';
import { recordDeed } from '../audit/audit.js';
import { againAfterDeadlock } from '../deadlock.js';
import { fieldsPlace, templatePlace } from './sealed-places.js';

/** Devices whose values are looked at at once. */
const pageOfDevices = 1_000;

/** What must hold of a new version of a template that devices have. */
export interface TemplateCheck {
  /** Whether the new one has the fields of the one before, which devices fill. */
  readonly hasFieldsOf: (before: Uint8Array) => boolean;
  /** Whether the new one can be served with what a device fills it with; undefined: with whatever it may be. */
  readonly bears: ((fields: Readonly<Record<string, string>>) => boolean) | undefined;
}

/** `fieldsOfDevices`: the new one has other fields; `tooLong`: it cannot be served to this device. */
export type TemplatePut =
  | { readonly outcome: 'created' | 'replaced' | 'fieldsOfDevices' }
  | { readonly outcome: 'tooLong'; readonly device: string };

/**
 * Keeps a template, sealed, in place of one of that name; the files of all devices that have it change with it.
 *
 * @throws StoreError `sealed-value-unreadable`
 */
export async function putTemplate(
  database: Database,
  secretKey: SecretKey,
  name: string,
  xml: Uint8Array,
  check: TemplateCheck,
  author: Author,
): Promise<TemplatePut> {
  return await againAfterDeadlock(() =>
    database.transaction(async (queries) => {
      for (;;) {
        const known = await lockTemplate(queries, name);
        const refused = known === undefined ? undefined : await refusalOf(queries, secretKey, known, check);
        if (refused !== undefined) return refused;
        const version =
          known === undefined
            ? await insertTemplate(queries, secretKey, name, xml, author)
            : await replaceTemplate(queries, secretKey, known.id, xml, author);
        // Somebody made one of this name in the same moment.
        if (version === undefined) continue;
        const detail = { version, bytes: xml.length };
        await recordDeed(queries, author, 'configuration-template.put', ['configuration-template', name], detail);
        return { outcome: known === undefined ? 'created' : 'replaced' };
      }
    }),
  );
}

async function lockTemplate(queries: Transaction<Tables>, name: string) {
  return await queries
    .selectFrom('configuration_template')
    .where('name', '=', name)
    .select(['id', 'sealed'])
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** What keeps the devices of a template from another version of it. Nobody gives one to a device while it is locked. */
async function refusalOf(
  queries: Transaction<Tables>,
  secretKey: SecretKey,
  { id, sealed }: { readonly id: number; readonly sealed: Buffer },
  { hasFieldsOf, bears }: TemplateCheck,
): Promise<TemplatePut | undefined> {
  for (let after = 0, first = true; ; first = false) {
    const page = await fieldsOfDevices(queries, id, after);
    if (page.length === 0) return undefined;
    if (first && !hasFieldsOf(secretKey.open(sealed, templatePlace(id)))) return { outcome: 'fieldsOfDevices' };
    if (bears === undefined) return undefined;
    for (const { device, name, fields } of page) {
      const given = secretKey.open(fields ?? Buffer.alloc(0), fieldsPlace(device));
      if (!bears(JSON.parse(given.toString()) as Record<string, string>)) return { outcome: 'tooLong', device: name };
    }
    after = page.at(-1)?.device ?? after;
  }
}

async function fieldsOfDevices(queries: Transaction<Tables>, template: number, after: number) {
  return await queries
    .selectFrom('device_configuration as c')
    .innerJoin('device as d', 'd.id', 'c.id')
    .where('c.template_id', '=', template)
    .where('c.id', '>', after)
    .orderBy('c.id')
    .limit(pageOfDevices)
    .select(['c.id as device', 'd.name', 'c.sealed_fields as fields'])
    .execute();
}

/** @returns its version; undefined when there is one of that name */
async function insertTemplate(
  queries: Transaction<Tables>,
  secretKey: SecretKey,
  name: string,
  xml: Uint8Array,
  author: Author,
): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    select nextval(pg_get_serial_sequence('opencapf_private.configuration_template', 'id')) as id`.execute(queries);
  const id = rows[0]?.id ?? 0;
  const made = await queries
    .insertInto('configuration_template')
    .values({ id, name, sealed: secretKey.seal(xml, templatePlace(id)), updated_by: author.name })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('version')
    .executeTakeFirst();
  return made?.version;
}

async function replaceTemplate(
  queries: Transaction<Tables>,
  secretKey: SecretKey,
  id: number,
  xml: Uint8Array,
  author: Author,
): Promise<number> {
  const { version } = await queries
    .updateTable('configuration_template')
    .set({
      sealed: secretKey.seal(xml, templatePlace(id)),
      updated_by: author.name,
      version: sql<number>`nextval('opencapf_private.configuration_version')`,
      updated_at: sql<Date>`clock_timestamp()`,
    })
    .where('id', '=', id)
    .returning('version')
    .executeTakeFirstOrThrow();
  return version;
}
