/**
 * Bounds for guessing authentication strings, and the account of refused sessions. Both are shared by all nodes; jobs of
 * the nodes keep them small.
 */
export const guessing = /* sql */ `
-- Wrong strings: of an address for one device, and of an address (IPv6: its /64) for whichever devices.
create table opencapf_private.guessing (
  id bigint generated always as identity primary key,
  address inet not null,
  device_id bigint references opencapf_private.device on delete cascade,
  wrong_strings bigint not null default 1,
  -- of a row without device: which ones
  devices bigint[] not null default '{}',
  last_at timestamptz not null,
  refused_until timestamptz,
  constraint guessing_subject unique nulls not distinct (address, device_id)
) with (fillfactor = 70);
create index guessing_of_device on opencapf_private.guessing (device_id) where device_id is not null;
create index guessing_quiet on opencapf_private.guessing (last_at);

-- Notes one more wrong string. A count that was quiet for as long as a refusal lasts begins again.
create function opencapf_private.note_guess(
  address inet, device bigint, guessed bigint, at timestamptz, most bigint, refusal interval
) returns void language sql as $$
  insert into opencapf_private.guessing as g (address, device_id, devices, last_at, refused_until)
    values (note_guess.address, note_guess.device, array[guessed], at, case when most <= 1 then at + refusal end)
  on conflict (address, device_id) do update
    set (wrong_strings, devices, last_at, refused_until) = (
      select count, among, at, case when case when note_guess.device is null then cardinality(among) else count end >= most
        then at + refusal end
      from (select
        case when g.last_at <= at - refusal then 1 else g.wrong_strings + 1 end as count,
        case
          when note_guess.device is not null or g.last_at <= at - refusal then array[guessed]
          when guessed = any (g.devices) then g.devices
          else g.devices || guessed end as among) n)
$$;

-- Decides on a session that gave an authentication string, right or not, and begins it when it may work. Whoever is
-- refused for guessing meets the same steps with a right string as with a wrong one, so that time tells nothing.
-- verdict: accepted, wrong, addressRefused, addressRefusedForDevice, spent, gone.
create function opencapf_private.judge_string(
  operation bigint, string_right boolean, spent_after bigint, address inet, network inet, at timestamptz,
  most_for_device bigint, most_devices bigint, refusal interval, facts jsonb,
  out verdict text, out session bigint
) language plpgsql as $$
declare
  o record;
  waiting inet;
begin
  select p.device_id, p.string_spent_at into o from opencapf_private.operation p
    where p.id = judge_string.operation and p.state in ('pending', 'inProgress') for no key update;
  if not found then
    verdict := 'gone';
    return;
  end if;
  if o.string_spent_at is not null then
    verdict := 'spent';
    return;
  end if;
  perform from opencapf_private.guessing g
    where g.address = judge_string.address and g.device_id = o.device_id and g.refused_until > at;
  if found then
    verdict := 'addressRefusedForDevice';
    return;
  end if;
  perform from opencapf_private.guessing g
    where g.address = network and g.device_id is null and g.refused_until > at;
  if found then
    verdict := 'addressRefused';
    return;
  end if;
  if string_right then
    session := opencapf_private.begin_operation(operation, facts);
    verdict := 'accepted';
    return;
  end if;
  perform opencapf_private.note_guess(judge_string.address, o.device_id, o.device_id, at, most_for_device, refusal);
  if network is not null then
    perform opencapf_private.note_guess(network, null, o.device_id, at, most_devices, refusal);
  end if;
  update opencapf_private.operation p
    set wrong_strings = p.wrong_strings + 1,
      string_spent_at = case when p.wrong_strings + 1 >= spent_after then at end
    where p.id = judge_string.operation;
  verdict := 'wrong';
end $$;

-- Sessions that were refused, counted by the address (IPv6: its /64), the device and the minute. Names that no device has
-- are as many as a stranger likes: they count as one.
create table opencapf_private.refusal (
  minute timestamptz not null,
  address inet not null,
  device_name text collate "C" not null,
  outcome text not null,
  sessions integer not null default 1,
  constraint refusal_key primary key (minute, address, device_name, outcome)
) with (fillfactor = 50);

-- Records a refused session. Of those that are counted together the first ones have a record of their own, and the first
-- an entry in the audit at once; how many there were is said there when the minute is over.
create function opencapf_private.record_refusal(facts jsonb, network inet, at timestamptz, own_records integer)
returns bigint language plpgsql as $$
declare
  -- without one that could be read: whoever sent it is a stranger
  name text := facts ->> 'device_name';
  nth integer;
  recorded bigint;
begin
  insert into opencapf_private.refusal as r (minute, address, device_name, outcome)
    values (date_trunc('minute', at), network, case when facts ->> 'device_id' is null then '' else name end,
      facts ->> 'outcome')
    on conflict (minute, address, device_name, outcome) do update set sessions = r.sessions + 1
    returning r.sessions into nth;
  if nth <= own_records then
    recorded := opencapf_private.record_session(facts);
  end if;
  if nth = 1 then
    perform opencapf_private.audit(
      actor => coalesce(name, 'stranger'), action => 'authentication.refuse', outcome => 'refused',
      subject_kind => case when name is not null then 'device' end, subject => name,
      remote_address => facts ->> 'remote_address',
      detail => jsonb_strip_nulls(jsonb_build_object(
        'operation', facts -> 'operation_id', 'session', recorded, 'reason', facts ->> 'outcome')));
  end if;
  return recorded;
end $$;

-- Says in the audit how many sessions were refused in minutes that are over; returns how many counts it took.
create function opencapf_private.sum_up_refusals(until timestamptz, most integer) returns integer language plpgsql as $$
declare
  r opencapf_private.refusal;
  taken integer := 0;
begin
  for r in
    delete from opencapf_private.refusal d using (
      select s.minute, s.address, s.device_name, s.outcome from opencapf_private.refusal s
      where s.minute < date_trunc('minute', until) order by s.minute limit most for update skip locked) old
    where (d.minute, d.address, d.device_name, d.outcome) = (old.minute, old.address, old.device_name, old.outcome)
    returning d.*
  loop
    taken := taken + 1;
    if r.sessions > 1 then
      perform opencapf_private.audit(
        actor => coalesce(nullif(r.device_name, ''), 'stranger'), action => 'authentication.refuse',
        outcome => 'refused', subject_kind => 'device', subject => nullif(r.device_name, ''),
        remote_address => case when family(r.address) = 6 and masklen(r.address) < 128 then r.address::text
          else host(r.address) end,
        detail => jsonb_build_object('reason', r.outcome, 'sessions', r.sessions,
          'minute', to_char(r.minute at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"')));
    end if;
  end loop;
  return taken;
end $$;
`;
