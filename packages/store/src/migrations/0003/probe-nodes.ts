import { type Kysely, type Migration, sql } from 'kysely';

/** Which node carries out a probe, so that one whose node dies does not run for ever. Programs that do not know the columns leave them empty. */
export const probeNodes: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw(statements).execute(db);
  },
};

const statements = /* sql */ `
alter table opencapf_private.probe
  add column node_id uuid,
  add column taken_at timestamptz,
  -- of one that nobody took back and that came to nothing all the same
  add column reason text;
create index probe_running on opencapf_private.probe (id) where state = 'running';
`;
