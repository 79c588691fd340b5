import { type Kysely, type Migration, sql } from 'kysely';

/** Which version of its files each device fetched last. Programs that do not know the table do not notice. */
export const fileFetches: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw(statements).execute(db);
  },
};

const statements = /* sql */ `
-- file: configuration is the full one, encrypted or not; partial is what stands for it while it goes out encrypted
create table opencapf_private.file_fetch (
  device_name text collate "C" not null references opencapf_private.device (name) on update cascade on delete cascade,
  file text not null check (file in ('configuration', 'partial', 'itl', 'ctl')),
  -- of what the file was built from: SHA-256, the first 16 hex digits
  version text not null,
  -- device.updated_at of the state that a configuration was built from, whole milliseconds
  state_at timestamptz,
  fetched_at timestamptz not null,
  primary key (device_name, file)
);
create index file_fetch_by_time on opencapf_private.file_fetch (fetched_at);
`;
