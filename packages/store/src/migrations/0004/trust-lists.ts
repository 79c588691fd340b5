import { type Kysely, type Migration, sql } from 'kysely';

/** Who signs phones' files, whom trust lists hold, and the lists that were built. Older programs notice none of it. */
export const trustLists: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw(statements).execute(db);
  },
};

const statements = /* sql */ `
-- tftp signs configuration files, sast signs trust lists, recovery signs them when the key of sast is lost
create table opencapf_private.file_signer (
  id bigint generated always as identity primary key,
  purpose text not null check (purpose in ('tftp', 'sast', 'recovery')),
  state text not null check (state in ('staged', 'active', 'retired')),
  certificate bytea not null,
  certificate_sha256 bytea not null generated always as (sha256(certificate)) stored unique,
  -- absent of a recovery signer whose key is kept elsewhere, and of retired ones
  private_key_id bigint references opencapf_private.private_key,
  created_at timestamptz not null default now(),
  activated_at timestamptz,
  retired_at timestamptz,
  -- of a recovery signer: when its key left the database
  exported_at timestamptz,
  constraint file_signer_has_key check (private_key_id is not null or purpose = 'recovery' or state = 'retired')
);
create unique index file_signer_one_active on opencapf_private.file_signer (purpose) where state = 'active';
create unique index file_signer_one_staged on opencapf_private.file_signer (purpose) where state = 'staged';

create table opencapf_private.trust_list_entry (
  id bigint generated always as identity primary key,
  role text not null check (role in ('CCM', 'CCM+TFTP', 'TFTP', 'CAPF', 'TVS', 'APP-SERVER')),
  certificate bytea not null,
  certificate_sha256 bytea not null generated always as (sha256(certificate)) stored,
  -- host name or address of the server, for layouts that tell it
  dns_name text not null default '',
  ip_address text,
  created_at timestamptz not null default now(),
  created_by text not null,
  unique (certificate_sha256, role)
);

-- what is to be served
create table opencapf_private.trust_list_plan (
  only_row boolean primary key default true check (only_row),
  serves_ctl boolean not null default false,
  signed_by text not null default 'sast' check (signed_by in ('sast', 'recovery')),
  -- the SAST certificate of another cluster, whose lists phones are to take from now on
  released_to bytea,
  updated_at timestamptz not null default now()
);
insert into opencapf_private.trust_list_plan default values;

create table opencapf_private.trust_list (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('itl', 'ctl')),
  bytes bytea not null check (octet_length(bytes) <= 65535),
  -- of what it was built from
  version text not null,
  signer_id bigint not null references opencapf_private.file_signer,
  -- SHA-256 of each certificate that it holds
  certificates bytea[] not null,
  built_at timestamptz not null default now()
);
create index trust_list_newest on opencapf_private.trust_list (kind, id desc);
create index trust_list_version on opencapf_private.trust_list (version);

-- whoever serves files forgets what was kept of them
create function opencapf_private.announce_phone_files() returns trigger language plpgsql as $$
begin
  perform pg_notify('phone_files_changed', '');
  return null;
end $$;
create trigger phone_files_changed after insert on opencapf_private.trust_list
  for each statement execute function opencapf_private.announce_phone_files();
create trigger phone_files_changed after insert or update or delete on opencapf_private.file_signer
  for each statement execute function opencapf_private.announce_phone_files();
create trigger phone_files_changed after update on opencapf_private.trust_list_plan
  for each statement execute function opencapf_private.announce_phone_files();
-- what lists are to hold: a job builds them
create trigger phone_files_changed after insert or update or delete on opencapf_private.trust_list_entry
  for each statement execute function opencapf_private.announce_phone_files();
create trigger phone_files_changed after insert or update or delete on opencapf_private.capf_identity
  for each statement execute function opencapf_private.announce_phone_files();
`;
