import { type Kysely, type Migration, sql } from 'kysely';
import { enrolmentElsewhere } from './enrolment-elsewhere.js';
import { requestFunctions } from './request-functions.js';

/**
 * Authorities elsewhere: what is sent to them, and what becomes of it. Programs that know the foundation alone do not notice:
 * they see no request, and leave alone an operation that waits for an authority.
 */
export const authorities: Migration = {
  async up(db: Kysely<unknown>) {
    for (const part of [statements, requestFunctions, enrolmentElsewhere]) await sql.raw(part).execute(db);
  },
};

const statements = /* sql */ `
-- several authorities may be ways to the same CA
drop index opencapf_private.issuer_certificate;
alter table opencapf_private.issuer
  -- JSON of what is secret in the configuration
  add column sealed_secrets bytea,
  add column activated_at timestamptz;
update opencapf_private.issuer set activated_at = created_at where state <> 'staged';

-- Certificate Issuer to Endpoint; null: the default
alter table opencapf_private.device add column issuer_id bigint references opencapf_private.issuer;
-- LSCs by issuer are counted from the index of their ends alone
drop index opencapf_private.certificate_lsc_expiry;
create index certificate_lsc_expiry on opencapf_private.certificate (not_after, id) include (issuer_id)
  where type = 'LSC' and installed_at is not null and superseded_at is null and deleted_at is null and revoked_at is null;

create index device_issuer on opencapf_private.device (issuer_id, name) where issuer_id is not null;

-- One for each certificate that an authority elsewhere is asked for. state:
--   waiting   to be sent at next_attempt_at: it was never sent, or certainly not taken
--   sending   a node sends it now; when its lease is over without an outcome, the answer is lost
--   pending   the authority decides in its own time: to be asked for at next_attempt_at
--   lost      it may have been taken: to be reconciled at next_attempt_at
--   issued, denied, failed, abandoned   it has ended; failed: the answer was of no use; abandoned: nobody can say what
--   came of it, or nobody wants it any more
create table opencapf_private.authority_request (
  certificate_id bigint primary key references opencapf_private.certificate on delete cascade,
  issuer_id bigint not null references opencapf_private.issuer,
  state text not null default 'waiting' check (state in (
    'waiting', 'sending', 'pending', 'lost', 'issued', 'denied', 'failed', 'abandoned')),
  -- how the authority names it
  poll_reference text,
  -- times it was sent, polled or reconciled without an answer that settles it
  attempts integer not null default 0 check (attempts >= 0),
  -- while a node is at work on it: when its lease is over; infinity: only somebody's hand ends it
  next_attempt_at timestamptz not null default now(),
  -- an administrator wants it tried now, also while the authority seems to be away
  at_once boolean not null default false,
  reason_code text,
  reason text,
  -- the node at work on it, and until when that counts
  owner uuid,
  leased_until timestamptz,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  ended_at timestamptz,
  -- the phone would not store the certificate without making a key first: it is asked for a new one
  refused_at timestamptz,
  constraint authority_request_end check ((ended_at is not null) = (state in ('issued', 'denied', 'failed', 'abandoned'))),
  constraint authority_request_lease check ((owner is null) = (leased_until is null)),
  constraint authority_request_poll check (state <> 'pending' or poll_reference is not null)
) with (fillfactor = 80);
create index authority_request_due on opencapf_private.authority_request (issuer_id, next_attempt_at) where ended_at is null;
create index authority_request_at_once on opencapf_private.authority_request (issuer_id) where at_once;
create unique index certificate_reference on opencapf_private.certificate (issuer_id, authority_reference)
  where authority_reference is not null;

-- How an authority elsewhere stands, as each node sees it that has asked; written when that changes.
create table opencapf_private.authority_standing (
  issuer_id bigint not null references opencapf_private.issuer on delete cascade,
  node_id uuid not null,
  circuit text not null check (circuit in ('closed', 'open', 'halfOpen')),
  reason_code text,
  reason text,
  changed_at timestamptz not null default now(),
  primary key (issuer_id, node_id)
) with (fillfactor = 80);

-- Whoever keeps authorities or the CAPF identity in memory compares this number before each use.
create table opencapf_private.authority_version (
  only_row boolean primary key default true check (only_row),
  version bigint not null default 1
);
insert into opencapf_private.authority_version default values;
create function opencapf_private.authorities_changed() returns trigger language plpgsql as $$
begin
  update opencapf_private.authority_version set version = version + 1;
  return null;
end $$;
create trigger issuer_changed after insert or update or delete on opencapf_private.issuer
  for each statement execute function opencapf_private.authorities_changed();
create trigger capf_identity_changed after insert or update or delete on opencapf_private.capf_identity
  for each statement execute function opencapf_private.authorities_changed();
`;
