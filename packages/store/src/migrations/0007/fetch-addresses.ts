import { type Kysely, type Migration, sql } from 'kysely';

/** From where each file was fetched: anybody may fetch a phone's files, and what counts as the phone's is to be seen through. */
export const fetchAddresses: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw(statements).execute(db);
  },
};

const statements = /* sql */ `
-- null: of before, or of a program that does not know the column
alter table opencapf_private.file_fetch add column address inet;
`;
