import { type Kysely, type Migration, sql } from 'kysely';

/** What is announced of trust lists and signers names its table: configuration files are signed anew for another signer alone. */
export const trustAnnouncements: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw(statements).execute(db);
  },
};

const statements = /* sql */ `
create or replace function opencapf_private.announce_phone_files() returns trigger language plpgsql as $$
begin
  perform pg_notify('phone_files_changed', tg_table_name);
  return null;
end $$;
`;
