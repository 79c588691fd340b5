/** Nodes, the sessions that phones have with them, and who may work on a device. */
export const sessions = /* sql */ `
create table opencapf_private.node (
  id uuid primary key,
  host text not null,
  process_id integer,
  version text not null,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now(),
  draining_since timestamptz,
  detail jsonb not null default '{}'
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

create sequence opencapf_private.lease_fence as bigint;

-- Held as long as its node's heartbeat is fresh, so that one statement of a node renews all of its leases.
create table opencapf_private.lease (
  device_id bigint primary key references opencapf_private.device on delete cascade,
  session_id bigint not null,
  node_id uuid not null references opencapf_private.node on delete cascade,
  fence bigint not null default nextval('opencapf_private.lease_fence'),
  taken_at timestamptz not null default now()
) with (fillfactor = 50);
create index lease_of_node on opencapf_private.lease (node_id);
`;
