import { type Kysely, type Migration, sql } from 'kysely';

/** Probes: provisional exchanges that an administrator has tried with a device. Programs that know the foundation alone do not notice. */
export const probes: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw(statements).execute(db);
  },
};

const statements = /* sql */ `
-- state: pending until the device's next session or expires_at; running in a session; done, with evidence; cancelled
create table opencapf_private.probe (
  id bigint generated always as identity primary key,
  device_id bigint not null references opencapf_private.device on delete cascade,
  exchange text not null,
  -- as the administrator says them, for the evidence
  model text,
  firmware text,
  state text not null default 'pending' check (state in ('pending', 'running', 'done', 'cancelled')),
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  -- made anonymous before it was written
  evidence jsonb,
  constraint probe_end check ((ended_at is not null) = (state in ('done', 'cancelled'))),
  constraint probe_evidence check ((evidence is not null) = (state = 'done'))
);
create index probe_of_device on opencapf_private.probe (device_id, id);
create unique index probe_pending on opencapf_private.probe (device_id) where state = 'pending';
`;
