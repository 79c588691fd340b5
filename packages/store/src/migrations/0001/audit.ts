/**
 * Who did what. Entries are chained by hashes in several chains: a transaction takes any chain that nobody holds and
 * keeps it until it commits, so that no commit waits for another's.
 */
export const audit = /* sql */ `
create table opencapf.audit_chain (
  chain integer primary key,
  -- what the first entry follows: random, so that no chain of another database fits here
  genesis bytea not null check (octet_length(genesis) = 32),
  sequence bigint not null default 0,
  head bytea not null check (octet_length(head) = 32),
  created_at timestamptz not null default now()
) with (fillfactor = 20);

create sequence opencapf.audit_chain_number as integer;

create table opencapf.audit_entry (
  id bigint generated always as identity unique,
  chain integer not null references opencapf.audit_chain,
  sequence bigint not null,
  at timestamptz not null,
  actor text not null,
  remote_address text,
  action text not null,
  subject_kind text,
  subject text collate "C",
  outcome text not null,
  detail jsonb not null,
  previous bytea not null,
  hash bytea not null check (octet_length(hash) = 32),
  primary key (chain, sequence)
);
create index audit_entry_subject on opencapf.audit_entry (subject, id) where subject is not null;
create index audit_entry_actor on opencapf.audit_entry (actor, id);
create index audit_entry_at on opencapf.audit_entry using brin (at);

-- A field as "length:text,", in bytes of UTF-8, or "-," when it is null: no two lists of fields read the same.
create function opencapf.audit_field(field text) returns text language sql immutable parallel safe as $$
  select coalesce(octet_length(convert_to(field, 'UTF8'))::text || ':' || field, '-') || ','
$$;

create function opencapf.audit_hash(
  previous bytea, id bigint, chain integer, sequence bigint, at timestamptz, actor text, remote_address text,
  action text, subject_kind text, subject text, outcome text, detail jsonb
) returns bytea language sql immutable parallel safe as $$
  select sha256(previous || convert_to(
    opencapf.audit_field(id::text)
    || opencapf.audit_field(chain::text)
    || opencapf.audit_field(sequence::text)
    || opencapf.audit_field(trunc(extract(epoch from at) * 1000000)::text)
    || opencapf.audit_field(actor)
    || opencapf.audit_field(remote_address)
    || opencapf.audit_field(action)
    || opencapf.audit_field(subject_kind)
    || opencapf.audit_field(subject)
    || opencapf.audit_field(outcome)
    || opencapf.audit_field(detail::text), 'UTF8'))
$$;

-- Records one entry in the caller's transaction and returns its id.
create function opencapf.audit(
  actor text, action text, outcome text default 'done', subject_kind text default null, subject text default null,
  remote_address text default null, detail jsonb default '{}'
) returns bigint language plpgsql as $$
declare
  link opencapf.audit_chain;
  moment timestamptz := clock_timestamp();
  entry_id bigint;
  entry_hash bytea;
begin
  select * into link from opencapf.audit_chain c order by c.chain limit 1 for update skip locked;
  if not found then
    insert into opencapf.audit_chain (chain, genesis, head)
      select nextval('opencapf.audit_chain_number'), g.genesis, g.genesis
      from (select uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) as genesis) g
      returning * into link;
  end if;
  entry_id := nextval(pg_get_serial_sequence('opencapf.audit_entry', 'id'));
  entry_hash := opencapf.audit_hash(link.head, entry_id, link.chain, link.sequence + 1, moment, audit.actor,
    audit.remote_address, audit.action, audit.subject_kind, audit.subject, audit.outcome, audit.detail);
  insert into opencapf.audit_entry (id, chain, sequence, at, actor, remote_address, action, subject_kind, subject,
      outcome, detail, previous, hash)
    overriding system value
    values (entry_id, link.chain, link.sequence + 1, moment, audit.actor, audit.remote_address, audit.action,
      audit.subject_kind, audit.subject, audit.outcome, audit.detail, link.head, entry_hash);
  update opencapf.audit_chain c set sequence = link.sequence + 1, head = entry_hash where c.chain = link.chain;
  return entry_id;
end $$;

create function opencapf.audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception '% of %.% is refused: the audit is append-only', tg_op, tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;
create trigger audit_entry_rows before update or delete on opencapf.audit_entry
  for each row execute function opencapf.audit_is_append_only();
create trigger audit_entry_table before truncate on opencapf.audit_entry
  for each statement execute function opencapf.audit_is_append_only();
create trigger audit_chain_rows before delete on opencapf.audit_chain
  for each row execute function opencapf.audit_is_append_only();
create trigger audit_chain_table before truncate on opencapf.audit_chain
  for each statement execute function opencapf.audit_is_append_only();

create trigger audit_chain_order before update on opencapf.audit_chain
  for each row when (new.sequence <> old.sequence + 1 or new.genesis <> old.genesis or new.chain <> old.chain)
  execute function opencapf.audit_is_append_only();
`;
