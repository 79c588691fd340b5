/**
 * What a session of a phone writes, each step one call and so one round trip and one transaction. Every write about an
 * operation happens only while the operation is in progress and the session is the one that works on it: of two
 * sessions of a phone the one that authenticated last wins, and the other can commit nothing more.
 *
 * A session's facts come as JSON with the names of the columns of opencapf_private.session.
 */
export const enrolment = /* sql */ `
create function opencapf_private.record_session(facts jsonb) returns bigint language plpgsql as $$
declare
  s opencapf_private.session := jsonb_populate_record(null::opencapf_private.session, facts);
  recorded bigint;
begin
  insert into opencapf_private.session (wire_id, node_id, device_id, device_name, remote_address, remote_port, listener,
      tls_version, cipher, capf_version, phone_reason, operation_id, started_at, authenticated_at, ended_at, outcome,
      end_reason, reason, steps)
    values (s.wire_id, s.node_id, s.device_id, s.device_name, s.remote_address, s.remote_port, s.listener,
      s.tls_version, s.cipher, s.capf_version, s.phone_reason, s.operation_id, s.started_at, s.authenticated_at,
      s.ended_at, s.outcome, s.end_reason, s.reason, s.steps)
    returning id into recorded;
  return recorded;
end $$;

-- Returns the address that the phone came from, for the audit.
create function opencapf_private.end_session(session bigint, facts jsonb) returns text language plpgsql as $$
declare
  f opencapf_private.session := jsonb_populate_record(null::opencapf_private.session, facts);
  remote text;
begin
  update opencapf_private.session s
    set ended_at = f.ended_at, outcome = f.outcome, end_reason = f.end_reason, reason = f.reason, steps = f.steps
    where s.id = end_session.session and s.ended_at is null
    returning host(s.remote_address) into remote;
  return remote;
end $$;

create function opencapf_private.clear_reset(device bigint) returns void language sql as $$
  update opencapf_private.device d set reset_required = false, reset_reason = null, reset_required_at = null
    where d.id = clear_reset.device and d.reset_required
$$;

-- Takes an operation for a new session, from an older session too; null when it is not open any more.
create function opencapf_private.begin_operation(operation bigint, facts jsonb) returns bigint language plpgsql as $$
declare
  device bigint;
  recorded bigint;
begin
  select o.device_id into device from opencapf_private.operation o
    where o.id = begin_operation.operation and o.state in ('pending', 'inProgress') for no key update;
  if not found then
    return null;
  end if;
  recorded := opencapf_private.record_session(facts);
  update opencapf_private.operation o
    set state = 'inProgress', session_id = recorded, started_at = coalesce(o.started_at, now()),
      reason_code = null, reason = null
    where o.id = begin_operation.operation;
  perform opencapf_private.clear_reset(device);
  return recorded;
end $$;

-- Intends a certificate, or finds the one that was intended before for this key of this operation. A key is looked for
-- under a lock of its own, so that two phones which show it at once cannot both pass.
create function opencapf_private.intend_certificate(
  operation bigint, session bigint, issuer bigint, serial bytea, public_key bytea, tbs bytea,
  out standing text, out id bigint, out kept_serial bytea, out kept_tbs bytea, out kept_der bytea, out other text
) language plpgsql as $$
declare
  key_hash bytea := sha256(intend_certificate.public_key);
  owner record;
  revoked timestamptz;
begin
  perform pg_advisory_xact_lock(('x' || encode(substr(key_hash, 1, 8), 'hex'))::bit(64)::bigint);
  select o.device_id, o.device_name into owner from opencapf_private.operation o
    where o.id = intend_certificate.operation and o.session_id = intend_certificate.session and o.state = 'inProgress'
    for share;
  if not found then
    standing := 'lost';
    return;
  end if;
  select c.device_name into other from opencapf_private.certificate c
    where c.public_key_sha256 = key_hash and c.device_name <> owner.device_name limit 1;
  if found then
    standing := 'keyOfAnother';
    return;
  end if;
  select c.id, c.serial, c.tbs, c.der, c.revoked_at into id, kept_serial, kept_tbs, kept_der, revoked
    from opencapf_private.certificate c
    where c.operation_id = intend_certificate.operation and c.public_key_sha256 = key_hash;
  if found then
    standing := case when revoked is not null then 'revokedBefore' when kept_der is null then 'intendedBefore'
      else 'issuedBefore' end;
    return;
  end if;
  insert into opencapf_private.certificate as c (device_id, device_name, type, origin, issuer_id, operation_id,
      session_id, serial, public_key, tbs, intended_at)
    values (owner.device_id, owner.device_name, 'LSC', 'issued', intend_certificate.issuer,
      intend_certificate.operation, intend_certificate.session, intend_certificate.serial,
      intend_certificate.public_key, intend_certificate.tbs, now())
    returning c.id into id;
  standing := 'intended';
end $$;

create function opencapf_private.issue_certificate(
  operation bigint, session bigint, certificate bigint, der bytea, subject text, issuer text,
  not_before timestamptz, not_after timestamptz
) returns boolean language plpgsql as $$
begin
  perform from opencapf_private.operation o
    where o.id = issue_certificate.operation and o.session_id = issue_certificate.session and o.state = 'inProgress'
    for share;
  if not found then
    return false;
  end if;
  update opencapf_private.certificate c
    set der = issue_certificate.der, issued_at = now(), subject = issue_certificate.subject,
      issuer = issue_certificate.issuer, not_before = issue_certificate.not_before,
      not_after = issue_certificate.not_after
    where c.id = issue_certificate.certificate and c.der is null and c.revoked_at is null;
  return found;
end $$;

-- The phone has this certificate now: it takes the place of the one before, and the contract shows it.
create function opencapf_private.install_certificate(certificate bigint, sent timestamptz) returns boolean
language plpgsql as $$
declare
  device bigint;
begin
  select c.device_id into device from opencapf_private.certificate c
    where c.id = install_certificate.certificate and c.issued_at is not null and c.revoked_at is null
      and c.device_id is not null
    for no key update;
  if not found then
    return false;
  end if;
  -- By its id: the planner would read every installed LSC of the site to find the device's one.
  update opencapf_private.certificate c set superseded_at = now()
    where c.id = (select d.lsc_certificate_id from opencapf_private.device d where d.id = device)
      and c.id <> install_certificate.certificate;
  update opencapf_private.certificate c
    set installed_at = coalesce(c.installed_at, now()), sent_at = coalesce(c.sent_at, install_certificate.sent, now())
    where c.id = install_certificate.certificate;
  update opencapf_private.device d set published_certificate_id = install_certificate.certificate, lsc_gone_at = null
    where d.id = device;
  return true;
end $$;

-- The phone has no LSC: the contract falls back to the MIC on record, else to nothing.
create function opencapf_private.publish_fallback(device bigint, gone timestamptz) returns void language sql as $$
  update opencapf_private.device d set published_certificate_id = d.mic_certificate_id, lsc_gone_at = gone
    where d.id = publish_fallback.device
$$;

-- Ends an operation by the session that works on it, with the session and the audit.
create function opencapf_private.finish_operation(
  operation bigint, session bigint, new_state text, code text, words text, outcome_report jsonb, facts jsonb,
  action text, detail jsonb
) returns boolean language plpgsql as $$
declare
  owner text;
  remote text;
begin
  update opencapf_private.operation o
    set state = new_state, reason_code = code, reason = words, report = outcome_report, authentication_string = null,
      ended_at = now()
    where o.id = finish_operation.operation and o.session_id = finish_operation.session and o.state = 'inProgress'
    returning o.device_name into owner;
  if not found then
    return false;
  end if;
  remote := opencapf_private.end_session(session, facts);
  perform opencapf_private.audit(
    actor => owner, action => finish_operation.action, outcome => case when new_state = 'failed' then 'failed' else 'done' end,
    subject_kind => 'device', subject => owner, remote_address => remote,
    detail => jsonb_strip_nulls(
      jsonb_build_object('operation', operation, 'session', session, 'code', code) || finish_operation.detail));
  return true;
end $$;

-- Where a device was last seen before a session: where its last operation was successful, else where it came from.
create function opencapf_private.earlier_address(device bigint, session bigint) returns inet language sql stable as $$
  select coalesce(
    (select s.remote_address from opencapf_private.operation o
       join opencapf_private.session s on s.id = o.session_id
       where o.device_id = earlier_address.device and o.state = 'successful' order by o.id desc limit 1),
    (select s.remote_address from opencapf_private.session s
       where s.device_id = earlier_address.device and s.id < earlier_address.session order by s.id desc limit 1))
$$;

-- A null string proves nothing: an LSC that goes to another address than the device's last one is flagged.
create function opencapf_private.finish_install(
  operation bigint, session bigint, certificate bigint, sent timestamptz, facts jsonb
) returns boolean language plpgsql as $$
declare
  o record;
  here inet;
  before inet;
  words text;
begin
  select p.device_id, p.authentication_mode into o from opencapf_private.operation p
    where p.id = finish_install.operation and p.session_id = finish_install.session and p.state = 'inProgress'
    for no key update;
  if not found then
    return false;
  end if;
  if not opencapf_private.install_certificate(certificate, sent) then
    return false;
  end if;
  if o.authentication_mode = 'nullString' then
    select s.remote_address into here from opencapf_private.session s where s.id = finish_install.session;
    before := opencapf_private.earlier_address(o.device_id, session);
    if before <> here then
      words := 'By null string, the LSC went to ' || host(here) || '; the device came from ' || host(before) || ' before.';
      update opencapf_private.operation p set address_changed_from = before where p.id = finish_install.operation;
    end if;
  end if;
  return opencapf_private.finish_operation(operation, session, 'successful', null, words, null,
    case when words is null then facts else facts || jsonb_build_object('reason', words) end, 'lsc.install',
    jsonb_strip_nulls(jsonb_build_object('certificate', certificate, 'addressChangedFrom',
      case when words is not null then host(before) end)));
end $$;

create function opencapf_private.finish_delete(operation bigint, session bigint, words text, facts jsonb) returns boolean
language plpgsql as $$
declare
  device bigint;
  deleted bigint;
begin
  select o.device_id into device from opencapf_private.operation o
    where o.id = finish_delete.operation and o.session_id = finish_delete.session and o.state = 'inProgress'
    for no key update;
  if not found then
    return false;
  end if;
  update opencapf_private.certificate c set deleted_at = now()
    where c.id = (select d.lsc_certificate_id from opencapf_private.device d where d.id = device)
    returning c.id into deleted;
  perform opencapf_private.publish_fallback(device, null);
  return opencapf_private.finish_operation(operation, session, 'successful', null, words, null, facts, 'lsc.delete',
    jsonb_build_object('certificate', deleted));
end $$;

-- The operation waits for the phone's next session; what went wrong stays readable.
create function opencapf_private.release_operation(
  operation bigint, session bigint, code text, words text, certificate bigint, sent timestamptz, facts jsonb
) returns boolean language plpgsql as $$
declare
  released boolean;
begin
  update opencapf_private.operation o set state = 'pending', reason_code = code, reason = words
    where o.id = release_operation.operation and o.session_id = release_operation.session and o.state = 'inProgress';
  released := found;
  update opencapf_private.certificate c set sent_at = release_operation.sent
    where c.id = release_operation.certificate and c.sent_at is null and c.issued_at is not null
      and release_operation.sent is not null;
  perform opencapf_private.end_session(session, facts);
  return released;
end $$;

create function opencapf_private.expire_operation(operation bigint) returns void language plpgsql as $$
declare
  owner text;
begin
  update opencapf_private.operation o
    set state = 'expired', authentication_string = null, ended_at = now(), reason_code = 'operation-expired',
      reason = 'No session completed it by ' || to_char(o.completes_by at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC.'
    where o.id = expire_operation.operation and o.ended_at is null
    returning o.device_name into owner;
  if found then
    perform opencapf_private.audit(actor => 'system', action => 'operation.expire', subject_kind => 'device',
      subject => owner, detail => jsonb_build_object('operation', operation));
  end if;
end $$;
`;
