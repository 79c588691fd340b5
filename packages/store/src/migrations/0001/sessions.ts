/**
 * Nodes, and the sessions that phones have with them.
 *
 * An open session that has authenticated is its phone's lease (DESIGN, section 3, invariant 3): it belongs to a node, is
 * renewed by that node's beat, and its id, greater than those before, is the fencing number. An operation names the
 * session that works on it, and every write asks whether it still does; key sync asks whether there is a newer one.
 */
export const sessions = /* sql */ `
-- A process that serves phones or, with workers, owns the processes that do. Its beat renews the leases of all of its
-- sessions at once: see opencapf_private.session.
create table opencapf_private.node (
  id uuid primary key,
  -- of a worker: whose, and which
  parent_id uuid,
  worker smallint check (worker > 0),
  host text not null,
  process_id integer,
  version text not null,
  -- name of the newest migration that the program knows
  knows_migration text collate "C" not null,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now(),
  -- since when it was heard of without a long silence: only such a node can tell that others are silent
  heard_since timestamptz not null default now(),
  draining_since timestamptz,
  -- the machine's clock less that of PostgreSQL
  clock_offset_ms double precision,
  constraint node_worker check ((parent_id is null) = (worker is null))
) with (fillfactor = 50);

-- What one node at a time does for all. Whoever runs a job holds its row, which the database lets go of when that process dies.
create table opencapf_private.job (
  name text primary key,
  due_at timestamptz not null default now(),
  ran_at timestamptz,
  ran_by uuid
) with (fillfactor = 50);

-- Session numbers on the wire have 32 bits; a node takes 256 of them at a time.
create sequence opencapf_private.session_number as bigint increment 256 minvalue 0 maxvalue 4294967295 start 0 cycle;

create table opencapf_private.session (
  id bigint generated always as identity primary key,
  wire_id bigint not null check (wire_id between 0 and 4294967295),
  node_id uuid not null,
  device_id bigint references opencapf_private.device on delete set null,
  device_name text collate "C",
  remote_address inet not null,
  remote_port integer not null check (remote_port between 0 and 65535),
  listener text not null,
  tls_version text,
  cipher text,
  capf_version smallint,
  phone_reason smallint,
  operation_id bigint,
  started_at timestamptz not null default now(),
  authenticated_at timestamptz,
  ended_at timestamptz,
  -- how it ended: our code, the reason given on the wire, and words for the administrator
  outcome text,
  end_reason smallint,
  reason text,
  -- [{"state": text, "at": timestamp}]
  steps jsonb not null default '[]',
  constraint session_outcome check ((ended_at is null) = (outcome is null))
) with (fillfactor = 80);
create index session_of_device on opencapf_private.session (device_id, id) where device_id is not null;
create index session_by_name on opencapf_private.session (device_name, id) where device_name is not null;
create index session_open on opencapf_private.session (node_id) where ended_at is null;
create index session_of_nobody on opencapf_private.session (id) where device_id is null;
create index session_started on opencapf_private.session using brin (started_at);
`;
