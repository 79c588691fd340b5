/** Devices: what an administrator says of one, and what the contract shows of it. */
export const devices = /* sql */ `
create table opencapf_private.device (
  id bigint generated always as identity primary key,
  -- collate "C": a plain index serves LIKE 'SEP00%' and cursors, and sorts alike on every server.
  name text collate "C" not null unique,
  kind text not null default 'phone' check (kind in ('phone', 'softphone', 'applicationUser', 'endUser')),
  instance_id text check (instance_id ~ '^[A-Za-z0-9]{1,128}$'),
  description text not null default '',
  model text collate "C",
  protocol text check (protocol in ('SIP', 'SCCP')),
  device_pool text collate "C",
  security_profile text,
  labels text[] not null default '{}',
  -- null: as the site's default says
  encrypted_configuration boolean,
  reset_required boolean not null default false,
  reset_reason text,
  reset_required_at timestamptz,
  -- what the contract shows: the installed LSC, or the MIC, or nothing
  published_certificate_id bigint,
  -- the one LSC that is installed and neither superseded, deleted nor revoked; kept by a trigger on certificate
  lsc_certificate_id bigint,
  mic_certificate_id bigint,
  lsc_gone_at timestamptz,
  sudi_seen_at timestamptz,
  -- changes that phones made by key sync on one day, and when the first of them was
  key_sync_changes integer not null default 0,
  key_sync_since timestamptz,
  -- of the open operation, as the configuration file numbers it; kept by a trigger on operation
  capf_auth_mode smallint not null default 0 check (capf_auth_mode between 0 and 4),
  created_at timestamptz not null default now(),
  -- of the last change to anything that the contract shows
  updated_at timestamptz not null default now(),
  constraint device_name_form check (
    case kind
      when 'phone' then name ~ '^SEP[0-9A-F]{12}$'
      -- 64 bounds a common name (X.520)
      else name ~ '^[A-Za-z0-9_-]{1,64}$' and upper(name) not like 'CAPF-%'
    end),
  constraint device_instance_of_user check ((kind in ('applicationUser', 'endUser')) = (instance_id is not null)),
  constraint device_reset_has_time check (reset_required = (reset_required_at is not null)),
  constraint device_reset_reason check (reset_required or reset_reason is null)
) with (fillfactor = 80);

create index device_pool on opencapf_private.device (device_pool, name) where device_pool is not null;
create index device_model on opencapf_private.device (model, name) where model is not null;
create index device_labels on opencapf_private.device using gin (labels) where labels <> '{}';
create index device_without_lsc on opencapf_private.device (name) where lsc_certificate_id is null;
create index device_reset on opencapf_private.device (name) where reset_required;
create index device_lsc_gone on opencapf_private.device (name) where lsc_gone_at is not null;
create index device_published on opencapf_private.device (published_certificate_id) where published_certificate_id is not null;
create index device_lsc on opencapf_private.device (lsc_certificate_id) where lsc_certificate_id is not null;
create index device_mic on opencapf_private.device (mic_certificate_id) where mic_certificate_id is not null;
`;
