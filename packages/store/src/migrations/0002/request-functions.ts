/**
 * What becomes of requests to authorities elsewhere. Rows are locked as sessions of phones lock them: operation, certificate,
 * device; the request's row comes after its operation's.
 *
 * A node claims a request before anything leaves, and its word counts for as long as its lease does. Only a certificate counts
 * however late it comes: it exists, whoever asked for it.
 */
export const requestFunctions = /* sql */ `
-- An operation that has ended wants no certificate any more. One that comes later is recorded, and is stale.
create function opencapf_private.operation_abandons_requests() returns trigger language plpgsql as $$
begin
  update opencapf_private.authority_request r
    set state = 'abandoned', ended_at = now(), owner = null, leased_until = null, at_once = false,
      reason_code = coalesce(new.reason_code, r.reason_code), reason = coalesce(new.reason, r.reason)
    from opencapf_private.certificate c
    where c.operation_id = new.id and r.certificate_id = c.id and r.ended_at is null;
  return null;
end $$;
create trigger operation_abandons_requests after update on opencapf_private.operation
  for each row when (new.kind = 'install' and old.ended_at is null and new.ended_at is not null)
  execute function opencapf_private.operation_abandons_requests();

-- Intends a certificate, or finds the one that was intended before for this key of this operation; with request and
-- reference, one that an authority elsewhere is asked for. A key is looked for under a lock of its own, so that two phones
-- which show it at once cannot both pass.
create function opencapf_private.intend(
  operation bigint, session bigint, issuer bigint, public_key bytea, serial bytea, tbs bytea, request bytea, reference text,
  out standing text, out id bigint, out kept_serial bytea, out kept_tbs bytea, out kept_der bytea, out other text
) language plpgsql as $$
declare
  key_hash bytea := sha256(intend.public_key);
  owner record;
  kept record;
begin
  perform pg_advisory_xact_lock(('x' || encode(substr(key_hash, 1, 8), 'hex'))::bit(64)::bigint);
  select o.device_id, o.device_name into owner from opencapf_private.operation o
    where o.id = intend.operation and o.session_id = intend.session and o.state = 'inProgress'
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
  select c.id, c.serial, c.tbs, c.der, c.revoked_at, c.issuer_id into kept
    from opencapf_private.certificate c
    where c.operation_id = intend.operation and c.public_key_sha256 = key_hash;
  if found then
    id := kept.id;
    kept_serial := kept.serial;
    kept_tbs := kept.tbs;
    kept_der := kept.der;
    standing := case
      when kept.revoked_at is not null then 'revokedBefore'
      when kept.der is not null then 'issuedBefore'
      when kept.issuer_id <> intend.issuer or exists (
        select from opencapf_private.authority_request r where r.certificate_id = kept.id and r.ended_at is not null)
        then 'endedBefore'
      else 'intendedBefore' end;
    return;
  end if;
  insert into opencapf_private.certificate as c (device_id, device_name, type, origin, issuer_id, operation_id,
      session_id, serial, public_key, tbs, request, authority_reference, intended_at)
    values (owner.device_id, owner.device_name, 'LSC', 'issued', intend.issuer, intend.operation, intend.session,
      intend.serial, intend.public_key, intend.tbs, intend.request, intend.reference, now())
    returning c.id into id;
  standing := 'intended';
  if intend.request is null then
    return;
  end if;
  -- one certificate at a time is wanted for an operation
  update opencapf_private.authority_request r
    set state = 'abandoned', ended_at = now(), owner = null, leased_until = null, at_once = false
    from opencapf_private.certificate c
    where c.operation_id = intend.operation and r.certificate_id = c.id and r.ended_at is null;
  insert into opencapf_private.authority_request (certificate_id, issuer_id) values (intend.id, intend.issuer);
end $$;

-- Takes what is due of an authority that is active, the longest due first. What a node was sending when its lease ended is lost.
create function opencapf_private.claim_requests(issuer bigint, node uuid, most integer, lease interval)
returns setof opencapf_private.authority_request language sql as $$
  with due as materialized (
    select r.certificate_id from opencapf_private.authority_request r
    join opencapf_private.issuer i on i.id = r.issuer_id and i.state = 'active'
    where r.issuer_id = claim_requests.issuer and r.ended_at is null and r.next_attempt_at <= now()
    order by r.next_attempt_at limit claim_requests.most
    for update of r skip locked)
  update opencapf_private.authority_request r
    set state = case r.state when 'waiting' then 'sending' when 'sending' then 'lost' else r.state end,
      sent_at = case r.state when 'waiting' then now() else r.sent_at end, attempts = r.attempts + 1,
      owner = claim_requests.node, leased_until = now() + claim_requests.lease,
      next_attempt_at = now() + claim_requests.lease, at_once = false
    from due d where r.certificate_id = d.certificate_id
    returning r.*
$$;

-- Whose request it is, when it is still open and the node's; its operation is locked.
create function opencapf_private.lock_request(certificate bigint, node uuid, out operation bigint, out held boolean)
language plpgsql as $$
begin
  select c.operation_id into operation from opencapf_private.certificate c where c.id = lock_request.certificate;
  perform from opencapf_private.operation o where o.id = lock_request.operation for no key update;
  perform from opencapf_private.authority_request r
    where r.certificate_id = lock_request.certificate and r.ended_at is null and r.owner = lock_request.node
    for no key update;
  held := found;
end $$;

-- Puts an attempt off that settled nothing; why is shown with the operation that waits for it. after: null for never.
create function opencapf_private.defer_request(
  certificate bigint, node uuid, new_state text, reference text, after interval, code text, words text
) returns boolean language plpgsql as $$
declare
  l record := opencapf_private.lock_request(certificate, node);
begin
  if not l.held then
    return false;
  end if;
  update opencapf_private.authority_request r
    set state = new_state, poll_reference = coalesce(reference, r.poll_reference), owner = null, leased_until = null,
      next_attempt_at = case when after is null then 'infinity' else now() + after end, reason_code = code, reason = words
    where r.certificate_id = defer_request.certificate;
  update opencapf_private.operation o set reason_code = code, reason = words
    where o.id = l.operation and o.state = 'waitingForAuthority';
  return true;
end $$;

-- Why a phone is to be reset when its certificate has come.
create function opencapf_private.ready_words() returns text language sql immutable as $$
  select 'The authority has issued the certificate, and the phone is to fetch it.'
$$;

-- What the end of a request means for an operation that no session works on. The phone is to come again, unless another
-- attempt would come to the same.
create function opencapf_private.operation_hears(operation bigint, new_state text, code text, words text) returns void
language plpgsql as $$
declare
  o opencapf_private.operation;
begin
  select * into o from opencapf_private.operation p where p.id = operation_hears.operation for no key update;
  if not found or o.state not in ('pending', 'waitingForAuthority') then
    return;
  end if;
  if new_state in ('denied', 'failed') then
    update opencapf_private.operation p
      set state = 'failed', reason_code = code, reason = words, authentication_string = null, ended_at = now()
      where p.id = o.id;
    perform opencapf_private.clear_reset(o.device_id);
    perform opencapf_private.audit(
      actor => o.device_name, action => 'operation.fail', outcome => 'failed', subject_kind => 'device',
      subject => o.device_name, detail => jsonb_build_object('operation', o.id, 'code', code));
    return;
  end if;
  update opencapf_private.operation p set state = 'pending', reason_code = code, reason = words where p.id = o.id;
  update opencapf_private.device d
    set reset_required = true, reset_reason = words, reset_required_at = clock_timestamp()
    where d.id = o.device_id;
end $$;

-- Ends a request without a certificate. new_state: denied, failed, abandoned.
create function opencapf_private.end_request(certificate bigint, node uuid, new_state text, code text, words text)
returns boolean language plpgsql as $$
declare
  l record := opencapf_private.lock_request(certificate, node);
begin
  if not l.held then
    return false;
  end if;
  update opencapf_private.authority_request r
    set state = new_state, ended_at = now(), owner = null, leased_until = null, at_once = false, reason_code = code,
      reason = words
    where r.certificate_id = end_request.certificate;
  perform opencapf_private.operation_hears(l.operation, new_state, code, words);
  return true;
end $$;

-- Records a certificate that an authority issued, whoever brings it. outcome: issued; late, when nobody wants it any more;
-- known, when one is on record for the request; serialKnown, when another has its serial number.
create function opencapf_private.issue_request(
  certificate bigint, der bytea, serial bytea, subject text, issuer text, not_before timestamptz, not_after timestamptz,
  out outcome text
) language plpgsql as $$
declare
  l record := opencapf_private.lock_request(certificate, null);
begin
  begin
    update opencapf_private.certificate c
      set der = issue_request.der, issued_at = now(), serial = issue_request.serial, subject = issue_request.subject,
        issuer = issue_request.issuer, not_before = issue_request.not_before, not_after = issue_request.not_after
      where c.id = issue_request.certificate and c.der is null;
  exception
    when unique_violation then
      outcome := 'serialKnown';
      return;
  end;
  if not found then
    outcome := 'known';
    return;
  end if;
  update opencapf_private.authority_request r
    set state = 'issued', ended_at = now(), owner = null, leased_until = null, at_once = false, reason_code = null,
      reason = null
    where r.certificate_id = issue_request.certificate and r.ended_at is null;
  if not found then
    outcome := 'late';
    return;
  end if;
  outcome := 'issued';
  perform opencapf_private.operation_hears(l.operation, 'issued', 'certificate-ready', opencapf_private.ready_words());
end $$;

create function opencapf_private.note_standing(issuer bigint, node uuid, circuit text, code text, words text) returns void
language sql as $$
  delete from opencapf_private.authority_standing s
    where not exists (select from opencapf_private.node n where n.id = s.node_id);
  insert into opencapf_private.authority_standing as s (issuer_id, node_id, circuit, reason_code, reason)
    values (note_standing.issuer, note_standing.node, note_standing.circuit, code, words)
    on conflict (issuer_id, node_id) do update
      set circuit = excluded.circuit, reason_code = excluded.reason_code, reason = excluded.reason, changed_at = now();
$$;

-- An administrator wants it tried now, or all of an authority. What a node is at work on is left to it.
create function opencapf_private.hasten_requests(certificate bigint, issuer bigint, actor text, remote_address text)
returns integer language plpgsql as $$
declare
  hastened integer;
begin
  update opencapf_private.authority_request r set next_attempt_at = now(), at_once = true
    where (r.certificate_id = hasten_requests.certificate or r.issuer_id = hasten_requests.issuer)
      and r.ended_at is null and r.owner is null;
  get diagnostics hastened = row_count;
  if hastened > 0 then
    perform opencapf_private.audit(
      actor => hasten_requests.actor, action => 'authority-request.retry', remote_address => hasten_requests.remote_address,
      detail => jsonb_strip_nulls(jsonb_build_object('certificate', certificate, 'issuer', issuer, 'requests', hastened)));
  end if;
  return hastened;
end $$;
`;
