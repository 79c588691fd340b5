import { type Kysely, type Migration, sql } from 'kysely';

/**
 * Whether phones are told to fetch their configuration over HTTPS, and whom they meet there. Older programs see nothing of it as long
 * as it is not switched on.
 */
export const filesOverHttps: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw(statements).execute(db);
  },
};

const statements = /* sql */ `
-- https signs nothing: it is whom phones meet on port 6971
alter table opencapf_private.file_signer
  drop constraint file_signer_purpose_check,
  add constraint file_signer_purpose_check check (purpose in ('tftp', 'sast', 'recovery', 'https'));

-- trust lists hold the certificate of the HTTPS server, and tell newer phones to go there
alter table opencapf_private.trust_list_plan add column serves_https boolean not null default false;
`;
