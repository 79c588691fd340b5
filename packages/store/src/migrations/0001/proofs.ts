/**
 * What a session writes when a phone has proved itself with a certificate it has. What is right is decided above; here it
 * happens only if nothing that the decision rests on has changed since: a certificate that is revoked meanwhile counts
 * for nothing from that moment on.
 */
export const proofs = /* sql */ `
-- True when any of these certificates was revoked, here or for a device that is gone.
create function opencapf_private.any_revoked(shown bytea[]) returns boolean language sql stable as $$
  select exists (select from opencapf_private.certificate c
    where c.der_sha256 in (select sha256(s) from unnest(shown) s)
      and (c.revoked_at is not null or c.discarded_at is not null))
$$;

-- Records a certificate that a phone showed and that was verified; null when its key is on record for another device, or
-- it is out of use. facts are the columns of opencapf_private.certificate, bytes as \\x and hex.
create function opencapf_private.record_shown(device bigint, session bigint, facts jsonb) returns bigint
language plpgsql as $$
declare
  f opencapf_private.certificate := jsonb_populate_record(null::opencapf_private.certificate, facts);
  owner text;
  known opencapf_private.certificate;
  recorded bigint;
begin
  perform pg_advisory_xact_lock(('x' || encode(substr(sha256(f.public_key), 1, 8), 'hex'))::bit(64)::bigint);
  select d.name into owner from opencapf_private.device d where d.id = record_shown.device;
  if exists (select from opencapf_private.certificate c
    where c.public_key_sha256 = sha256(f.public_key) and c.device_name <> owner)
  then
    return null;
  end if;
  select * into known from opencapf_private.certificate c
    where c.der_sha256 = sha256(f.der) and c.device_id = record_shown.device for no key update;
  if found then
    if known.type <> f.type or known.superseded_at is not null or known.deleted_at is not null
      or known.revoked_at is not null or known.discarded_at is not null
    then
      return null;
    end if;
    return known.id;
  end if;
  insert into opencapf_private.certificate as c (device_id, device_name, type, origin, session_id, serial, public_key, der,
      subject, issuer, not_before, not_after)
    values (record_shown.device, owner, f.type, f.origin, record_shown.session, f.serial, f.public_key, f.der, f.subject,
      f.issuer, f.not_before, f.not_after)
    returning c.id into recorded;
  return recorded;
end $$;

-- As begin_operation, of a phone that proved itself with the certificates in shown. outcome: begun; gone, when the operation
-- is not open any more; changed, when the facts are others than those that the proof was judged by. Then nothing is written.
create function opencapf_private.begin_proven_operation(
  operation bigint, facts jsonb, shown bytea[], mic jsonb, expected_lsc bigint, installed bigint, lsc_gone boolean,
  sudi boolean, warnings jsonb, moment timestamptz, out outcome text, out id bigint
) language plpgsql as $$
declare
  d opencapf_private.device;
  recorded_mic bigint;
begin
  outcome := 'gone';
  perform from opencapf_private.operation o
    where o.id = begin_proven_operation.operation and o.state in ('pending', 'inProgress') for no key update;
  if not found then
    return;
  end if;
  perform from opencapf_private.certificate c where c.device_id = (facts ->> 'device_id')::bigint
    and (c.id in (installed, expected_lsc) or c.der_sha256 in (select sha256(s) from unnest(shown) s))
    order by c.id for no key update;
  select e.* into d from opencapf_private.device e where e.id = (facts ->> 'device_id')::bigint for no key update;
  outcome := 'changed';
  if not found or d.lsc_certificate_id is distinct from expected_lsc or opencapf_private.any_revoked(shown) then
    return;
  end if;
  if installed is not null and not opencapf_private.install_certificate(installed, null) then
    return;
  end if;
  id := opencapf_private.begin_operation(operation, facts);
  if mic is not null then
    recorded_mic := opencapf_private.record_shown(d.id, id, mic);
  end if;
  update opencapf_private.device e
    set mic_certificate_id = coalesce(recorded_mic, e.mic_certificate_id),
      sudi_seen_at = case when sudi then coalesce(e.sudi_seen_at, moment) else e.sudi_seen_at end
    where e.id = d.id
      and (recorded_mic is distinct from coalesce(e.mic_certificate_id, 0) and recorded_mic is not null
        or sudi and e.sudi_seen_at is null);
  if lsc_gone then
    perform opencapf_private.publish_fallback(d.id, moment);
  end if;
  if lsc_gone or installed is not null or jsonb_array_length(warnings) > 0
    or recorded_mic is distinct from d.mic_certificate_id and recorded_mic is not null
  then
    perform opencapf_private.audit(
      actor => d.name, action => 'authentication.accept', subject_kind => 'device', subject => d.name,
      remote_address => facts ->> 'remote_address',
      detail => jsonb_strip_nulls(jsonb_build_object('operation', operation, 'session', id,
        'mic', nullif(recorded_mic, d.mic_certificate_id), 'installed', installed, 'lscGone', nullif(lsc_gone, false),
        'warnings', warnings)));
  end if;
  outcome := 'begun';
end $$;

create function opencapf_private.note_sudi(device bigint, moment timestamptz) returns void language sql as $$
  update opencapf_private.device d set sudi_seen_at = moment where d.id = note_sudi.device and d.sudi_seen_at is null
$$;
`;
