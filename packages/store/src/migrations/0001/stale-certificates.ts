/** LSCs that were issued and never came to be installed, and that nothing waits for any more (DESIGN, section 3). */
export const staleCertificates = /* sql */ `
create index certificate_revoked on opencapf_private.certificate (id) where revoked_at is not null;

-- A certificate whose operation is open and asked for no newer one still waits for its phone: it is not stale.
create view opencapf_private.stale_certificate as
  select c.id, c.device_id, c.device_name, c.serial, c.issued_at, c.sent_at, c.not_after
  from opencapf_private.certificate c
  where c.issued_at is not null and c.installed_at is null and c.revoked_at is null
    and not exists (
      select from opencapf_private.operation o
      where o.id = c.operation_id and o.ended_at is null
        and not exists (
          select from opencapf_private.certificate n where n.operation_id = c.operation_id and n.id > c.id));

-- Takes some out of view and revokes them; row, serial and bytes stay. Returns the number of the last one, or null when
-- none was left after the one given. A session that installs one meanwhile wins.
create function opencapf_private.discard_stale(
  after bigint, most integer, actor text, remote_address text, out last bigint, out discarded integer
) language plpgsql as $$
declare
  c record;
begin
  discarded := 0;
  for c in select s.id, s.device_name, s.serial from opencapf_private.stale_certificate s
    where s.id > discard_stale.after order by s.id limit most
  loop
    last := c.id;
    update opencapf_private.certificate d
      set discarded_at = now(), revoked_at = now(), revocation_reason = 'superseded'
      where d.id = c.id and d.installed_at is null and d.revoked_at is null;
    continue when not found;
    discarded := discarded + 1;
    perform opencapf_private.audit(
      actor => discard_stale.actor, action => 'certificate.discard', subject_kind => 'device', subject => c.device_name,
      remote_address => discard_stale.remote_address,
      detail => jsonb_build_object('certificate', c.id, 'serial', encode(c.serial, 'hex')));
  end loop;
end $$;
`;
