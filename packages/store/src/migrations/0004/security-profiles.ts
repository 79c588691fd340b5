import { type Kysely, type Migration, sql } from 'kysely';

/**
 * Phone security profiles on record. So far a device named its profile by any text: a profile is made for each that was found, and
 * for each that a program of before still writes beside this one. Such a program asks no profile what it says, and makes LSCs by the
 * default authority where a profile names another.
 */
export const securityProfiles: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw(statements).execute(db);
  },
};

const statements = /* sql */ `
create table opencapf_private.security_profile (
  id bigint generated always as identity primary key,
  name text collate "C" not null unique check (length(name) between 1 and 100),
  description text not null default '',
  -- null: for any
  model text collate "C",
  protocol text check (protocol in ('SIP', 'SCCP')),
  -- non-secure, made by the service; neither changed nor deleted
  predefined boolean not null default false,
  device_security_mode text not null default 'nonSecure'
    check (device_security_mode in ('nonSecure', 'authenticated', 'encrypted')),
  -- TFTP Encrypted Config; null: nothing is said, as of the texts of before
  encrypted_configuration boolean default false,
  exclude_digest_credentials boolean not null default false,
  authentication_mode text not null default 'nullString' check (authentication_mode in (
    'authenticationString', 'nullString', 'existingCertificateLscFirst', 'existingCertificateMicFirst')),
  key_order text not null default 'rsaOnly' check (key_order in ('rsaOnly', 'ecOnly', 'ecPreferred')),
  rsa_key_size integer not null default 2048 check (rsa_key_size in (512, 1024, 2048, 3072, 4096)),
  ec_key_size integer not null default 256 check (ec_key_size in (256, 384, 521)),
  -- Certificate Issuer to Endpoint; null: the default
  issuer_id bigint references opencapf_private.issuer,
  -- host[:port] of capfList; empty: as the site says
  capf_servers text[] not null default '{}' check (cardinality(capf_servers) <= 5),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint security_profile_predefined check (
    not predefined or device_security_mode = 'nonSecure' and encrypted_configuration is false)
);
create index security_profile_issuer on opencapf_private.security_profile (issuer_id) where issuer_id is not null;

-- one of a model or a protocol when all of its devices are
insert into opencapf_private.security_profile (name, model, protocol, encrypted_configuration)
  select left(security_profile, 100),
    case when count(model) = count(*) and count(distinct model) = 1 then min(model) end,
    case when count(protocol) = count(*) and count(distinct protocol) = 1 then min(protocol) end, null
  from opencapf_private.device where security_profile <> '' group by 1;
update opencapf_private.device set security_profile = nullif(left(security_profile, 100), '')
  where length(security_profile) not between 1 and 100;
alter table opencapf_private.device
  alter column security_profile type text collate "C",
  add constraint device_security_profile_fkey foreign key (security_profile)
    references opencapf_private.security_profile (name) on update cascade;
create index device_security_profile on opencapf_private.device (security_profile, name)
  where security_profile is not null;

-- For programs of before; this one looks first whether there is such a profile.
create function opencapf_private.profile_of_any_text() returns trigger language plpgsql as $$
begin
  insert into opencapf_private.security_profile (name, encrypted_configuration) values (new.security_profile, null)
    on conflict (name) do nothing;
  return new;
end $$;
create trigger device_profile_of_new before insert on opencapf_private.device
  for each row when (new.security_profile is not null)
  execute function opencapf_private.profile_of_any_text();
-- not when a profile is renamed, which is a change by a trigger itself
create trigger device_profile_of_any_text before update of security_profile on opencapf_private.device
  for each row when (pg_trigger_depth() = 0 and new.security_profile is distinct from old.security_profile
    and new.security_profile is not null)
  execute function opencapf_private.profile_of_any_text();

create function opencapf_private.security_profile_is_kept() returns trigger language plpgsql as $$
begin
  raise exception 'the security profile % is predefined', old.name using errcode = 'restrict_violation';
end $$;
create trigger security_profile_is_kept before update or delete on opencapf_private.security_profile
  for each row when (old.predefined)
  execute function opencapf_private.security_profile_is_kept();

create or replace view public.device as
  select d.name, c.md5hash, c.public_key_md5, c.public_key, c.der as certificate, c.type as certificate_type,
    d.capf_auth_mode, coalesce(d.encrypted_configuration, p.encrypted_configuration) as encr_config, d.reset_required, d.updated_at
  from opencapf_private.device d
  left join opencapf_private.certificate c on c.id = d.published_certificate_id
  left join opencapf_private.security_profile p on p.name = d.security_profile;

-- What files are made from beside what the contract shows.
create trigger device_file_changes before update on opencapf_private.device
  for each row when (pg_trigger_depth() = 0
    and (new.model, new.protocol, new.security_profile) is distinct from (old.model, old.protocol, old.security_profile))
  execute function opencapf_private.device_contract_changes();

create function opencapf_private.profile_reaches_devices() returns trigger language plpgsql as $$
begin
  update opencapf_private.device set updated_at = clock_timestamp() where security_profile = new.name;
  return null;
end $$;
create trigger profile_reaches_devices after update on opencapf_private.security_profile
  for each row when (
    (new.device_security_mode, new.encrypted_configuration, new.exclude_digest_credentials, new.key_order, new.capf_servers)
    is distinct from
    (old.device_security_mode, old.encrypted_configuration, old.exclude_digest_credentials, old.key_order, old.capf_servers))
  execute function opencapf_private.profile_reaches_devices();
`;
