/**
 * What a phone that came with nothing queued may change: which of its certificates the contract shows. What is right is
 * decided above; here it happens only if nothing that the decision rests on has changed since.
 */
export const keySync = /* sql */ `
create function opencapf_private.sync_key(
  device bigint, session bigint, change text, certificate bigint, seen jsonb, expected_lsc bigint, expected_shown bigint,
  moment timestamptz, most_changes integer, facts jsonb
) returns text language plpgsql as $$
declare
  d opencapf_private.device;
  remote text;
  counted integer;
  refused boolean;
  recorded bigint := certificate;
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
    if seen is not null then
      recorded := opencapf_private.record_shown(device, session, seen);
      if recorded is null then
        return 'lost';
      end if;
    end if;
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
      when 'showMic' then
        update opencapf_private.device e
          set mic_certificate_id = recorded, published_certificate_id = recorded,
            lsc_gone_at = case when e.lsc_certificate_id is not null then coalesce(e.lsc_gone_at, moment) end
          where e.id = sync_key.device;
      when 'installForeign' then
        update opencapf_private.certificate c set superseded_at = now()
          where c.device_id = sync_key.device and c.id = d.lsc_certificate_id and c.id <> recorded;
        update opencapf_private.certificate c set installed_at = now()
          where c.id = recorded and c.installed_at is null;
        update opencapf_private.device e set published_certificate_id = recorded, lsc_gone_at = null
          where e.id = sync_key.device;
    end case;
    update opencapf_private.device e
      set key_sync_changes = counted + 1, key_sync_since = case when counted = 0 then moment else e.key_sync_since end
      where e.id = sync_key.device;
    remote := opencapf_private.end_session(session, facts);
  end if;
  perform opencapf_private.audit(
    actor => d.name, action => 'key.sync', outcome => case when refused then 'refused' else 'done' end,
    subject_kind => 'device', subject => d.name, remote_address => remote,
    detail => jsonb_strip_nulls(jsonb_build_object('change', change, 'certificate', recorded, 'session', session)));
  return case when refused then 'tooMany' else 'done' end;
end $$;
`;
