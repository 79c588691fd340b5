/** What whoever builds configuration files may rely on: see docs/tftp-builder-contract.md. */
export const contract = /* sql */ `
create view public.device as
  select d.name, c.md5hash, c.public_key_md5, c.public_key, c.der as certificate, c.type as certificate_type,
    d.capf_auth_mode, d.encrypted_configuration as encr_config, d.reset_required, d.updated_at
  from opencapf_private.device d
  left join opencapf_private.certificate c on c.id = d.published_certificate_id;

create function opencapf_private.device_contract_changes() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end $$;
create trigger device_contract_changes before update on opencapf_private.device
  for each row when (
    (new.name, new.published_certificate_id, new.capf_auth_mode, new.encrypted_configuration, new.reset_required)
    is distinct from
    (old.name, old.published_certificate_id, old.capf_auth_mode, old.encrypted_configuration, old.reset_required))
  execute function opencapf_private.device_contract_changes();

create function opencapf_private.announce_device() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform pg_notify('device_changed', old.name);
    return null;
  end if;
  perform pg_notify('device_changed', new.name);
  if tg_op = 'UPDATE' and old.name <> new.name then
    perform pg_notify('device_changed', old.name);
  end if;
  return null;
end $$;
create trigger announce_device after insert or delete on opencapf_private.device
  for each row execute function opencapf_private.announce_device();
create trigger announce_device_change after update on opencapf_private.device
  for each row when (
    (new.name, new.published_certificate_id, new.capf_auth_mode, new.encrypted_configuration, new.reset_required,
      new.updated_at)
    is distinct from
    (old.name, old.published_certificate_id, old.capf_auth_mode, old.encrypted_configuration, old.reset_required,
      old.updated_at))
  execute function opencapf_private.announce_device();

create function opencapf_private.announce_reset() returns trigger language plpgsql as $$
begin
  perform pg_notify('device_reset_required', new.name);
  return null;
end $$;
create trigger announce_reset_of_new after insert on opencapf_private.device
  for each row when (new.reset_required)
  execute function opencapf_private.announce_reset();
create trigger announce_reset after update on opencapf_private.device
  for each row when (new.reset_required and new.reset_required_at is distinct from old.reset_required_at)
  execute function opencapf_private.announce_reset();
`;
