/**
 * What an administrator says of a certificate that a phone has: it is not to be believed any more, or the phone has lost
 * it. Rows are locked as sessions of phones lock them: certificate, device.
 */
export const revocation = /* sql */ `
-- revoked, revokedBefore, or null when there is none. What the contract shows falls back to the MIC, else to nothing.
create function opencapf_private.revoke_certificate(
  certificate bigint, reason text, actor text, remote_address text
) returns text language plpgsql as $$
declare
  c opencapf_private.certificate;
  was_installed boolean;
begin
  select * into c from opencapf_private.certificate d where d.id = revoke_certificate.certificate for no key update;
  if not found then
    return null;
  end if;
  if c.revoked_at is not null then
    return 'revokedBefore';
  end if;
  was_installed := c.type = 'LSC' and c.installed_at is not null and c.superseded_at is null and c.deleted_at is null;
  update opencapf_private.certificate d set revoked_at = now(), revocation_reason = revoke_certificate.reason
    where d.id = c.id;
  update opencapf_private.device d
    set mic_certificate_id = nullif(d.mic_certificate_id, c.id),
      published_certificate_id = case when d.published_certificate_id = c.id
        then nullif(d.mic_certificate_id, c.id) else d.published_certificate_id end,
      lsc_gone_at = case when was_installed then null else d.lsc_gone_at end
    where d.id = c.device_id and (was_installed or c.id in (d.mic_certificate_id, d.published_certificate_id));
  perform opencapf_private.audit(
    actor => revoke_certificate.actor, action => 'certificate.revoke', subject_kind => 'device',
    subject => c.device_name, remote_address => revoke_certificate.remote_address,
    detail => jsonb_strip_nulls(jsonb_build_object('certificate', c.id, 'type', c.type, 'serial', encode(c.serial, 'hex'),
      'reason', revoke_certificate.reason)));
  return 'revoked';
end $$;

-- forgotten, none, or null when there is no such device. The phone has lost its LSC, says the administrator: the LSC
-- counts as deleted and does not come back; the contract falls back to the MIC, else to nothing.
create function opencapf_private.forget_lsc(device_name text, actor text, remote_address text) returns text
language plpgsql as $$
declare
  device bigint;
  forgotten bigint;
begin
  select d.id into device from opencapf_private.device d where d.name = forget_lsc.device_name;
  if not found then
    return null;
  end if;
  update opencapf_private.certificate c set deleted_at = now()
    where c.device_id = device and c.type = 'LSC' and c.installed_at is not null and c.superseded_at is null
      and c.deleted_at is null and c.revoked_at is null
    returning c.id into forgotten;
  if not found then
    return 'none';
  end if;
  perform opencapf_private.publish_fallback(device, null);
  perform opencapf_private.audit(
    actor => forget_lsc.actor, action => 'lsc.forget', subject_kind => 'device', subject => forget_lsc.device_name,
    remote_address => forget_lsc.remote_address, detail => jsonb_build_object('certificate', forgotten));
  return 'forgotten';
end $$;
`;
