import { type Kysely, type Migration, sql } from 'kysely';

/**
 * `updated_at` of a device grows with every change, so that nobody takes an old state for the newer one: the start of a transaction may lie
 * before a change that was committed meanwhile. Where one change reaches many devices, they are locked in the order of their numbers, so
 * that two such changes do not wait for each other.
 */
export const deviceChangeTimes: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw(statements).execute(db);
  },
};

const statements = /* sql */ `
-- A millisecond, since that is what programs read of it.
create function opencapf_private.moment_after(before timestamptz) returns timestamptz language sql volatile as $$
  select greatest(clock_timestamp(), before + interval '1 millisecond')
$$;

create or replace function opencapf_private.device_contract_changes() returns trigger language plpgsql as $$
begin
  new.updated_at := opencapf_private.moment_after(old.updated_at);
  return new;
end $$;

create or replace function opencapf_private.device_file_changed() returns trigger language plpgsql as $$
begin
  update opencapf_private.device d set updated_at = opencapf_private.moment_after(d.updated_at)
    where d.id = case when tg_op = 'DELETE' then old.id else new.id end;
  return null;
end $$;

create or replace function opencapf_private.template_reaches_devices() returns trigger language plpgsql as $$
begin
  perform from opencapf_private.device d
    join opencapf_private.device_configuration c on c.id = d.id
    where c.template_id = new.id order by d.id for no key update of d;
  update opencapf_private.device d set updated_at = opencapf_private.moment_after(d.updated_at)
    from opencapf_private.device_configuration c where c.template_id = new.id and d.id = c.id;
  return null;
end $$;

create or replace function opencapf_private.profile_reaches_devices() returns trigger language plpgsql as $$
begin
  perform from opencapf_private.device where security_profile = new.name order by id for no key update;
  update opencapf_private.device d set updated_at = opencapf_private.moment_after(d.updated_at)
    where security_profile = new.name;
  return null;
end $$;
`;
