/**
 * What a phone that came with nothing queued may change: which of its certificates the contract shows. What is right is
 * decided above; here it happens only if nothing that the decision rests on has changed since.
 */
export const keySync = /* sql */ `
create function opencapf_private.sync_key(
  device bigint, session bigint, change text, certificate bigint, expected_lsc bigint, expected_shown bigint,
  moment timestamptz, most_changes integer, facts jsonb
) returns text language plpgsql as $$
declare
  d opencapf_private.device;
  remote text;
  counted integer;
  refused boolean;
begin
  select * into d from opencapf_private.device e where e.id = sync_key.device for no key update;
  if not found or d.lsc_certificate_id is distinct from expected_lsc
    or d.published_certificate_id is distinct from expected_shown
    or exists (select from opencapf_private.session s
      where s.device_id = sync_key.device and s.id > sync_key.session and s.authenticated_at is not null)
  then
    return 'lost';
  end if;
  counted := case when d.key_sync_since > moment - interval '1 day' then d.key_sync_changes else 0 end;
  refused := counted >= most_changes and change <> 'showInstalled';
  if not refused then
    case change
      when 'install' then
        if not opencapf_private.install_certificate(certificate, null) then
          return 'lost';
        end if;
      when 'showInstalled' then
        update opencapf_private.device e set published_certificate_id = certificate, lsc_gone_at = null
          where e.id = sync_key.device;
      when 'lscGone' then
        perform opencapf_private.publish_fallback(device, moment);
    end case;
    update opencapf_private.device e
      set key_sync_changes = counted + 1, key_sync_since = case when counted = 0 then moment else e.key_sync_since end
      where e.id = sync_key.device;
    remote := opencapf_private.end_session(session, facts);
  end if;
  perform opencapf_private.audit(
    actor => d.name, action => 'key.sync', outcome => case when refused then 'refused' else 'done' end,
    subject_kind => 'device', subject => d.name, remote_address => remote,
    detail => jsonb_strip_nulls(jsonb_build_object('change', change, 'certificate', certificate, 'session', session)));
  return case when refused then 'tooMany' else 'done' end;
end $$;
`;
