import { type Kysely, type Migration, sql } from 'kysely';

/**
 * What files are built from beside their devices, and of which each fetch was. Fetches of before, and of programs that do not know
 * the columns, are of nobody knows what: old until the phone comes again.
 */
export const fileSites: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw(statements).execute(db);
  },
};

const statements = /* sql */ `
-- How the node that was started last builds files: SHA-256 of its settings, the first 16 hex digits. No row before the first start
-- with OPENCAPF_TFTP=on.
create table opencapf_private.file_site (
  only_row boolean primary key default true check (only_row),
  -- of plain files
  plain text not null,
  -- of signed ones, their signer apart
  signed text not null,
  updated_at timestamptz not null default now()
);

alter table opencapf_private.file_fetch
  -- of what a configuration was built from beside its device: file_site.plain, or file_site.signed of one that is signed
  add column site text,
  -- who signed it: SHA-256 over the certificate
  add column signer_sha256 bytea;
`;
