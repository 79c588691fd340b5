/**
 * What administrators write: each call one transaction with its entry in the audit. Rows are locked as sessions of phones
 * lock them: operation, certificate, device.
 */
export const administration = /* sql */ `
create index device_with_lsc on opencapf_private.device (name) where lsc_certificate_id is not null;

-- Ends what is open for a device. A session that works on it can commit nothing more.
create function opencapf_private.cancel_open_operation(device_id bigint, words text) returns bigint language sql as $$
  update opencapf_private.operation o
    set state = 'cancelled', authentication_string = null, ended_at = now(), reason_code = 'operation-cancelled',
      reason = words
    where o.device_id = cancel_open_operation.device_id and o.state in ('pending', 'inProgress', 'waitingForAuthority')
    returning o.id
$$;

-- outcome: queued, deviceUnknown, alreadyOpen. id is the new operation's; other the open one's, replaced or in the way.
create function opencapf_private.queue_operation(
  id bigint, device_name text, kind text, authentication_mode text, authentication_string bytea, key_order text,
  rsa_key_size integer, ec_key_size integer, completes_by timestamptz, allowed_networks cidr[],
  replace boolean, actor text, remote_address text, out outcome text, out other bigint
) language plpgsql as $$
declare
  device bigint;
begin
  select d.id into device from opencapf_private.device d where d.name = queue_operation.device_name;
  if not found then
    outcome := 'deviceUnknown';
    return;
  end if;
  loop
    if queue_operation.replace then
      other := coalesce(
        opencapf_private.cancel_open_operation(device, 'Replaced by operation ' || queue_operation.id || '.'), other);
    end if;
    begin
      insert into opencapf_private.operation (id, device_id, device_name, kind, authentication_mode,
          authentication_string, key_order, rsa_key_size, ec_key_size, completes_by, allowed_networks, created_by)
        values (queue_operation.id, device, queue_operation.device_name, queue_operation.kind,
          queue_operation.authentication_mode, queue_operation.authentication_string, queue_operation.key_order,
          queue_operation.rsa_key_size, queue_operation.ec_key_size, queue_operation.completes_by, queue_operation.allowed_networks,
          queue_operation.actor);
      exit;
    exception
      when unique_violation then
        if not queue_operation.replace then
          select o.id into other from opencapf_private.operation o
            where o.device_id = device and o.state in ('pending', 'inProgress', 'waitingForAuthority');
          outcome := 'alreadyOpen';
          return;
        end if;
      when foreign_key_violation then
        outcome := 'deviceUnknown';
        return;
    end;
  end loop;
  update opencapf_private.device d
    set reset_required = true, reset_reason = queue_operation.kind || ' queued', reset_required_at = clock_timestamp()
    where d.id = device;
  perform opencapf_private.audit(
    actor => queue_operation.actor, action => 'operation.queue', subject_kind => 'device',
    subject => queue_operation.device_name, remote_address => queue_operation.remote_address,
    detail => jsonb_strip_nulls(jsonb_build_object('operation', queue_operation.id, 'kind', queue_operation.kind,
      'authenticationMode', queue_operation.authentication_mode, 'allowedNetworks', to_jsonb(queue_operation.allowed_networks),
      'replaced', other)));
  outcome := 'queued';
end $$;

-- cancelled, ended, or null when there is none. Nobody needs to come for it: the wish for a reset is taken back.
create function opencapf_private.cancel_operation(
  operation bigint, words text, actor text, remote_address text
) returns text language plpgsql as $$
declare
  o opencapf_private.operation;
begin
  select * into o from opencapf_private.operation p where p.id = cancel_operation.operation for no key update;
  if not found then
    return null;
  end if;
  if o.ended_at is not null then
    return 'ended';
  end if;
  update opencapf_private.operation p
    set state = 'cancelled', authentication_string = null, ended_at = now(), reason_code = 'operation-cancelled',
      reason = words
    where p.id = o.id;
  perform opencapf_private.clear_reset(o.device_id);
  perform opencapf_private.audit(
    actor => cancel_operation.actor, action => 'operation.cancel', subject_kind => 'device', subject => o.device_name,
    remote_address => cancel_operation.remote_address,
    detail => jsonb_build_object('operation', o.id, 'state', o.state));
  return 'cancelled';
end $$;

-- Its LSCs are revoked, also those that are only intended; they, its operations and its sessions stay on record.
create function opencapf_private.delete_device(name text, actor text, remote_address text) returns boolean
language plpgsql as $$
declare
  device bigint;
  cancelled bigint;
  revoked integer;
begin
  select d.id into device from opencapf_private.device d where d.name = delete_device.name;
  if not found then
    return false;
  end if;
  cancelled := opencapf_private.cancel_open_operation(device, 'The device was deleted.');
  update opencapf_private.certificate c set revoked_at = now(), revocation_reason = 'cessationOfOperation'
    where c.device_id = device and c.type = 'LSC' and c.revoked_at is null;
  get diagnostics revoked = row_count;
  perform from opencapf_private.device d where d.id = device for update;
  if not found then
    return false;
  end if;
  -- what came to be while we waited for the row; nothing can now
  cancelled := coalesce(opencapf_private.cancel_open_operation(device, 'The device was deleted.'), cancelled);
  update opencapf_private.certificate c set revoked_at = now(), revocation_reason = 'cessationOfOperation'
    where c.device_id = device and c.type = 'LSC' and c.revoked_at is null;
  delete from opencapf_private.device d where d.id = device;
  perform opencapf_private.audit(
    actor => delete_device.actor, action => 'device.delete', subject_kind => 'device', subject => delete_device.name,
    remote_address => delete_device.remote_address,
    detail => jsonb_strip_nulls(jsonb_build_object('operation', cancelled, 'revoked', revoked)));
  return true;
end $$;

-- outcome: recorded, deviceUnknown, outOfUse, keyOfAnother (then other names it).
create function opencapf_private.record_certificate(
  device_name text, type text, der bytea, public_key bytea, serial bytea, subject text, issuer text,
  not_before timestamptz, not_after timestamptz, forced boolean, actor text, remote_address text,
  out outcome text, out id bigint, out other text
) language plpgsql as $$
declare
  key_hash bytea := sha256(record_certificate.public_key);
  known opencapf_private.certificate;
  d opencapf_private.device;
  kind text := record_certificate.type;
begin
  perform pg_advisory_xact_lock(('x' || encode(substr(key_hash, 1, 8), 'hex'))::bit(64)::bigint);
  select * into d from opencapf_private.device e where e.name = record_certificate.device_name;
  if not found then
    outcome := 'deviceUnknown';
    return;
  end if;
  select c.device_name into other from opencapf_private.certificate c
    where c.public_key_sha256 = key_hash and c.device_name <> d.name limit 1;
  if found then
    outcome := 'keyOfAnother';
    return;
  end if;
  select * into known from opencapf_private.certificate c
    where c.der_sha256 = sha256(record_certificate.der) and c.device_name = d.name
    order by c.device_id = d.id desc nulls last limit 1 for no key update;
  if known.superseded_at is not null or known.deleted_at is not null or known.revoked_at is not null
    or known.discarded_at is not null
  then
    outcome := 'outOfUse';
    return;
  end if;
  if known.device_id = d.id then
    kind := known.type;
  end if;
  if kind = 'LSC' then
    update opencapf_private.certificate c set superseded_at = now()
      where c.device_id = d.id and c.type = 'LSC' and c.installed_at is not null and c.superseded_at is null
        and c.deleted_at is null and c.revoked_at is null and c.id is distinct from known.id;
  end if;
  if known.device_id = d.id then
    id := known.id;
    update opencapf_private.certificate c set installed_at = now()
      where c.id = known.id and c.type = 'LSC' and c.installed_at is null;
  else
    insert into opencapf_private.certificate as c (device_id, device_name, type, origin, serial, public_key, der, subject,
        issuer, not_before, not_after, installed_at)
      values (d.id, d.name, kind, 'manual', record_certificate.serial, record_certificate.public_key,
        record_certificate.der, record_certificate.subject, record_certificate.issuer, record_certificate.not_before,
        record_certificate.not_after, case when kind = 'LSC' then now() end)
      returning c.id into id;
  end if;
  if kind = 'LSC' then
    update opencapf_private.device e set published_certificate_id = record_certificate.id, lsc_gone_at = null
      where e.id = d.id;
  else
    update opencapf_private.device e
      set mic_certificate_id = record_certificate.id,
        published_certificate_id = case
          when e.lsc_certificate_id is not null and e.lsc_gone_at is null then e.published_certificate_id
          else record_certificate.id end
      where e.id = d.id;
  end if;
  perform opencapf_private.audit(
    actor => record_certificate.actor, action => 'certificate.record', subject_kind => 'device', subject => d.name,
    remote_address => record_certificate.remote_address,
    detail => jsonb_build_object('certificate', id, 'type', kind, 'forced', forced));
  outcome := 'recorded';
end $$;
`;
