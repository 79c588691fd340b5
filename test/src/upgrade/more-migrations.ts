// Stands for the store's migrations in a later version: those, and as many further ones as the URL says.
import type { Queries } from '@opencapf/store';

interface Step {
  /** As the store means it: the newest migration that a program has to know beside this one. */
  readonly needs: string;
  up(db: Queries): Promise<void>;
}

interface Migrations {
  readonly migrations: Readonly<Record<string, Step>>;
  readonly newestMigration: string;
}

const known = (await import(new URL('migrations/index.js', import.meta.resolve('@opencapf/store')).href)) as Migrations;

const device = (db: Queries) => db.schema.withSchema('opencapf_private').alterTable('device');

/** The first adds something, the second changes what it added: in two versions, as docs/nodes.md says. */
const further: readonly (readonly [string, Step])[] = [
  [
    '9001-adds',
    { needs: known.newestMigration, up: async (db) => await device(db).addColumn('later', 'text').execute() },
  ],
  ['9002-renames', { needs: '9001-adds', up: async (db) => await device(db).renameColumn('later', 'last').execute() }],
];

const count = Number(new URL(import.meta.url).searchParams.get('further'));

export const migrations: Migrations['migrations'] = {
  ...known.migrations,
  ...Object.fromEntries(further.slice(0, count)),
};

export const newestMigration = further[count - 1]?.[0] ?? known.newestMigration;
