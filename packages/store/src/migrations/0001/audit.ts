/**
 * Who did what. Entries are chained by hashes in several chains: a transaction takes any chain that nobody holds and
 * keeps it until it commits, so that no commit waits for another's.
 */
export const audit = /* sql */ `
create table opencapf_private.audit_chain (
  chain integer primary key,
  -- what the first entry follows: random, so that no chain of another database fits here
  genesis bytea not null check (octet_length(genesis) = 32),
  sequence bigint not null default 0,
  head bytea not null check (octet_length(head) = 32),
  created_at timestamptz not null default now()
) with (fillfactor = 20);

create sequence opencapf_private.audit_chain_number as integer;

create table opencapf_private.audit_entry (
  id bigint generated always as identity unique,
  chain integer not null references opencapf_private.audit_chain,
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
create index audit_entry_subject on opencapf_private.audit_entry (subject, id) where subject is not null;
create index audit_entry_actor on opencapf_private.audit_entry (actor, id);
create index audit_entry_action on opencapf_private.audit_entry (action, id);
create index audit_entry_not_done on opencapf_private.audit_entry (id) where outcome <> 'done';
create index audit_entry_at on opencapf_private.audit_entry using brin (at);

-- A field as "length:text,", in bytes of UTF-8, or "-," when it is null: no two lists of fields read the same.
create function opencapf_private.audit_field(field text) returns text language sql immutable parallel safe as $$
  select coalesce(octet_length(convert_to(field, 'UTF8'))::text || ':' || field, '-') || ','
$$;

create function opencapf_private.audit_hash(
  previous bytea, id bigint, chain integer, sequence bigint, at timestamptz, actor text, remote_address text,
  action text, subject_kind text, subject text, outcome text, detail jsonb
) returns bytea language sql immutable parallel safe as $$
  select sha256(previous || convert_to(
    opencapf_private.audit_field(id::text)
    || opencapf_private.audit_field(chain::text)
    || opencapf_private.audit_field(sequence::text)
    || opencapf_private.audit_field(trunc(extract(epoch from at) * 1000000)::text)
    || opencapf_private.audit_field(actor)
    || opencapf_private.audit_field(remote_address)
    || opencapf_private.audit_field(action)
    || opencapf_private.audit_field(subject_kind)
    || opencapf_private.audit_field(subject)
    || opencapf_private.audit_field(outcome)
    || opencapf_private.audit_field(detail::text), 'UTF8'))
$$;

-- Records one entry in the caller's transaction and returns its id.
create function opencapf_private.audit(
  actor text, action text, outcome text default 'done', subject_kind text default null, subject text default null,
  remote_address text default null, detail jsonb default '{}'
) returns bigint language plpgsql as $$
declare
  link opencapf_private.audit_chain;
  -- of this transaction's earlier entries: one transaction holds one chain
  held integer := nullif(current_setting('opencapf.audit_chain', true), '')::integer;
  moment timestamptz := clock_timestamp();
  entry_id bigint;
  entry_hash bytea;
begin
  if held is not null then
    select * into link from opencapf_private.audit_chain c where c.chain = held for update;
  else
    select * into link from opencapf_private.audit_chain c order by c.chain limit 1 for update skip locked;
  end if;
  if link.chain is null then
    insert into opencapf_private.audit_chain (chain, genesis, head)
      select nextval('opencapf_private.audit_chain_number'), g.genesis, g.genesis
      from (select uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) as genesis) g
      returning * into link;
  end if;
  perform set_config('opencapf.audit_chain', link.chain::text, true);
  entry_id := nextval(pg_get_serial_sequence('opencapf_private.audit_entry', 'id'));
  entry_hash := opencapf_private.audit_hash(link.head, entry_id, link.chain, link.sequence + 1, moment, audit.actor,
    audit.remote_address, audit.action, audit.subject_kind, audit.subject, audit.outcome, audit.detail);
  insert into opencapf_private.audit_entry (id, chain, sequence, at, actor, remote_address, action, subject_kind, subject,
      outcome, detail, previous, hash)
    overriding system value
    values (entry_id, link.chain, link.sequence + 1, moment, audit.actor, audit.remote_address, audit.action,
      audit.subject_kind, audit.subject, audit.outcome, audit.detail, link.head, entry_hash);
  update opencapf_private.audit_chain c set sequence = link.sequence + 1, head = entry_hash where c.chain = link.chain;
  return entry_id;
end $$;

create function opencapf_private.audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception '% of %.% is refused: the audit is append-only', tg_op, tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

-- Up to where a chain was pruned. The signature is made by a key that is not in the database: without it, whoever prunes
-- is found out.
create table opencapf_private.audit_checkpoint (
  chain integer primary key references opencapf_private.audit_chain,
  sequence bigint not null,
  hash bytea not null check (octet_length(hash) = 32),
  pruned_at timestamptz not null,
  key_id text not null,
  signature bytea not null
);

create function opencapf_private.audit_entry_is_pruned() returns trigger language plpgsql as $$
begin
  if exists (
    select from opencapf_private.audit_checkpoint c where c.chain = old.chain and c.sequence >= old.sequence)
  then
    return old;
  end if;
  raise exception '% of %.% is refused: the audit is append-only', tg_op, tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

create function opencapf_private.audit_checkpoint_moves_on() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.chain = old.chain and new.sequence = old.sequence and new.hash = old.hash then
    return new; -- signed anew
  end if;
  if (tg_op = 'UPDATE' and (new.chain <> old.chain or new.sequence <= old.sequence)) or not exists (
    select from opencapf_private.audit_entry e
      where e.chain = new.chain and e.sequence = new.sequence and e.hash = new.hash)
  then
    raise exception 'a checkpoint of the audit must be an entry that is there, after the one before'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger audit_checkpoint_moves before insert or update on opencapf_private.audit_checkpoint
  for each row execute function opencapf_private.audit_checkpoint_moves_on();
create trigger audit_checkpoint_rows before delete on opencapf_private.audit_checkpoint
  for each row execute function opencapf_private.audit_is_append_only();
create trigger audit_checkpoint_table before truncate on opencapf_private.audit_checkpoint
  for each statement execute function opencapf_private.audit_is_append_only();

create trigger audit_entry_changed before update on opencapf_private.audit_entry
  for each row execute function opencapf_private.audit_is_append_only();
create trigger audit_entry_removed before delete on opencapf_private.audit_entry
  for each row execute function opencapf_private.audit_entry_is_pruned();
create trigger audit_entry_table before truncate on opencapf_private.audit_entry
  for each statement execute function opencapf_private.audit_is_append_only();
create trigger audit_chain_rows before delete on opencapf_private.audit_chain
  for each row execute function opencapf_private.audit_is_append_only();
create trigger audit_chain_table before truncate on opencapf_private.audit_chain
  for each statement execute function opencapf_private.audit_is_append_only();

create trigger audit_chain_order before update on opencapf_private.audit_chain
  for each row when (new.sequence <> old.sequence + 1 or new.genesis <> old.genesis or new.chain <> old.chain)
  execute function opencapf_private.audit_is_append_only();
`;
