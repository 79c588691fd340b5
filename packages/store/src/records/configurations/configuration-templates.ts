import type { Database } from '../../database/connect.js';
import { codeOf } from '../../database/faults.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import type { Author } from '../administration/author.js';
import { recordDeed } from '../audit/audit.js';
import { type Page, pageOf } from '../page.js';
import { templatePlace } from './sealed-places.js';

/** What is on record of a template beside its content. */
export interface TemplateRecord {
  readonly name: string;
  readonly version: number;
  readonly updatedAt: Date;
  readonly updatedBy: string;
}

const columns = ['name', 'version', 'updated_at as updatedAt', 'updated_by as updatedBy'] as const;

/** The template of this name, opened. @throws StoreError `sealed-value-unreadable` */
export async function readTemplate(
  database: Database,
  secretKey: SecretKey,
  name: string,
): Promise<(TemplateRecord & { readonly xml: Buffer }) | undefined> {
  const row = await database.queries
    .selectFrom('configuration_template')
    .where('name', '=', name)
    .select([...columns, 'id', 'sealed'])
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { id, sealed, ...record } = row;
  return { ...record, xml: secretKey.open(sealed, templatePlace(id)) };
}

/** Templates by name. @param after - the name that the page before ended with */
export async function listTemplates(
  database: Database,
  limit: number,
  after: string | undefined,
): Promise<Page<TemplateRecord, string>> {
  const rows = await database.queries
    .selectFrom('configuration_template')
    .$if(after !== undefined, (query) => query.where('name', '>', after ?? ''))
    .select(columns)
    .orderBy('name')
    .limit(limit + 1)
    .execute();
  return pageOf(rows, limit, ({ name }) => name);
}

/** Says in the audit that somebody read a template, which may hold passwords. */
export async function noteTemplateRead(database: Database, name: string, author: Author): Promise<void> {
  await database.transaction(async (queries) => {
    await recordDeed(queries, author, 'configuration-template.read', ['configuration-template', name]);
  });
}

/** Forgets a template that no device has. */
export async function deleteTemplate(
  database: Database,
  name: string,
  author: Author,
): Promise<'deleted' | 'unknown' | 'inUse'> {
  try {
    return await database.transaction(async (queries) => {
      const { numDeletedRows } = await queries
        .deleteFrom('configuration_template')
        .where('name', '=', name)
        .executeTakeFirst();
      if (numDeletedRows === 0n) return 'unknown';
      await recordDeed(queries, author, 'configuration-template.delete', ['configuration-template', name]);
      return 'deleted';
    });
  } catch (fault) {
    if (codeOf(fault) === '23503') return 'inUse';
    throw fault;
  }
}
