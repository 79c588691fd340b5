/** What sessions of phones write, widened by authorities elsewhere. What programs of the foundation call goes on as it was. */
export const enrolmentElsewhere = /* sql */ `
-- an operation that waits for an authority is open for the phone, as one that waits for the phone is
do $widen$
declare
  known text;
  named text;
begin
  foreach named in array array['begin_operation', 'begin_proven_operation', 'judge_string'] loop
    known := pg_get_functiondef(('opencapf_private.' || named)::regproc);
    if position($$in ('pending', 'inProgress')$$ in known) = 0 then
      raise exception '% is not the function that is to be widened', named;
    end if;
    execute replace(known, $$in ('pending', 'inProgress')$$, $$in ('pending', 'inProgress', 'waitingForAuthority')$$);
  end loop;
end $widen$;

create or replace trigger operation_spent before update on opencapf_private.operation
  for each row when (new.state in ('pending', 'waitingForAuthority') and new.string_spent_at is not null)
  execute function opencapf_private.operation_spent();

create or replace function opencapf_private.intend_certificate(
  operation bigint, session bigint, issuer bigint, serial bytea, public_key bytea, tbs bytea,
  out standing text, out id bigint, out kept_serial bytea, out kept_tbs bytea, out kept_der bytea, out other text
) language sql as $$
  select * from opencapf_private.intend(operation, session, issuer, public_key, serial, tbs, null, null)
$$;

-- A session lets go of its operation, which waits for the phone, or for the authority that was asked. What the session did
-- not hear of any more is heard now. False when it was not the session's.
create function opencapf_private.let_go(operation bigint, session bigint, code text, words text) returns boolean
language plpgsql as $$
declare
  asked record;
begin
  perform from opencapf_private.operation o
    where o.id = let_go.operation and o.session_id = let_go.session and o.state = 'inProgress' for no key update;
  if not found then
    return false;
  end if;
  select r.state, r.ended_at, r.reason_code, r.reason, c.sent_at, c.revoked_at into asked
    from opencapf_private.certificate c
    join opencapf_private.authority_request r on r.certificate_id = c.id
    where c.operation_id = let_go.operation order by c.id desc limit 1;
  if found and asked.ended_at is null then
    update opencapf_private.operation o
      set state = 'waitingForAuthority', reason_code = coalesce(asked.reason_code, code),
        reason = coalesce(asked.reason, words)
      where o.id = let_go.operation;
    return true;
  end if;
  update opencapf_private.operation o set state = 'pending', reason_code = code, reason = words where o.id = let_go.operation;
  if asked.state in ('denied', 'failed') then
    perform opencapf_private.operation_hears(operation, asked.state, asked.reason_code, asked.reason);
  elsif asked.state = 'issued' and asked.sent_at is null and asked.revoked_at is null then
    perform opencapf_private.operation_hears(operation, 'issued', 'certificate-ready', opencapf_private.ready_words());
  end if;
  return true;
end $$;

create or replace function opencapf_private.release_operation(
  operation bigint, session bigint, code text, words text, certificate bigint, sent timestamptz, facts jsonb
) returns boolean language plpgsql as $$
declare
  released boolean;
begin
  perform from opencapf_private.operation o where o.id = release_operation.operation for no key update;
  update opencapf_private.certificate c set sent_at = release_operation.sent
    where c.id = release_operation.certificate and c.sent_at is null and c.issued_at is not null
      and release_operation.sent is not null;
  released := opencapf_private.let_go(operation, session, code, words);
  perform opencapf_private.end_session(session, facts);
  return released;
end $$;
`;
