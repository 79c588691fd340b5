import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

type Moment = ColumnType<Date, Date | undefined, Date>;

/** `tftp` signs configuration files, `sast` signs trust lists, `recovery` signs them when the key of `sast` is lost. */
export type SigningPurpose = 'tftp' | 'sast' | 'recovery';

/** `https` signs nothing, and is kept like those that do: it is whom phones meet where files are served over HTTPS. */
export type FileSignerPurpose = SigningPurpose | 'https';

export interface FileSignerTable {
  id: GeneratedAlways<number>;
  purpose: FileSignerPurpose;
  state: 'staged' | 'active' | 'retired';
  certificate: Buffer;
  certificate_sha256: GeneratedAlways<Buffer>;
  private_key_id: number | null;
  created_at: Moment;
  activated_at: Date | null;
  retired_at: Date | null;
  exported_at: Date | null;
}

/** What a certificate on record is trusted for; the SAST role is that of our own signers. */
export type EntryRole = 'CCM' | 'CCM+TFTP' | 'TFTP' | 'CAPF' | 'TVS' | 'APP-SERVER';

export interface TrustListEntryTable {
  id: GeneratedAlways<number>;
  role: EntryRole;
  certificate: Buffer;
  certificate_sha256: GeneratedAlways<Buffer>;
  dns_name: Generated<string>;
  ip_address: string | null;
  created_at: Moment;
  created_by: string;
}

export interface TrustListPlanTable {
  only_row: Generated<boolean>;
  serves_ctl: Generated<boolean>;
  serves_https: Generated<boolean>;
  signed_by: Generated<'sast' | 'recovery'>;
  released_to: Buffer | null;
  updated_at: Moment;
}

/** An Identity Trust List or a Certificate Trust List. */
export type StoredListKind = 'itl' | 'ctl';

export interface TrustListTable {
  id: GeneratedAlways<number>;
  kind: StoredListKind;
  bytes: Buffer;
  version: string;
  signer_id: number;
  certificates: Buffer[];
  built_at: Moment;
}
