import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

type Moment = ColumnType<Date, Date | undefined, Date>;

export interface DeviceTable {
  id: GeneratedAlways<number>;
  name: string;
  kind: Generated<'phone' | 'softphone' | 'applicationUser' | 'endUser'>;
  instance_id: string | null;
  description: Generated<string>;
  model: string | null;
  protocol: 'SIP' | 'SCCP' | null;
  device_pool: string | null;
  /** The name of one on record. */
  security_profile: string | null;
  /** Certificate Issuer to Endpoint; null: the default. */
  issuer_id: number | null;
  labels: Generated<string[]>;
  encrypted_configuration: boolean | null;
  reset_required: Generated<boolean>;
  reset_reason: string | null;
  reset_required_at: Date | null;
  published_certificate_id: number | null;
  /** Kept by a trigger. */
  lsc_certificate_id: ColumnType<number | null, never, never>;
  mic_certificate_id: number | null;
  lsc_gone_at: Date | null;
  sudi_seen_at: Date | null;
  key_sync_changes: Generated<number>;
  key_sync_since: Date | null;
  /** Kept by a trigger. */
  capf_auth_mode: ColumnType<number, never, never>;
  created_at: Moment;
  /** Kept by a trigger. */
  updated_at: ColumnType<Date, Date | undefined, never>;
}

export interface CertificateTable {
  id: Generated<number>;
  device_id: number | null;
  device_name: string;
  type: 'LSC' | 'MIC';
  origin: 'issued' | 'fetched' | 'presented' | 'manual' | 'imported';
  issuer_id: number | null;
  operation_id: number | null;
  session_id: number | null;
  serial: Buffer | null;
  /** DER SubjectPublicKeyInfo. */
  public_key: Buffer;
  public_key_sha256: GeneratedAlways<Buffer>;
  public_key_md5: GeneratedAlways<string>;
  tbs: Buffer | null;
  request: Buffer | null;
  authority_reference: string | null;
  der: Buffer | null;
  der_sha256: GeneratedAlways<Buffer | null>;
  md5hash: GeneratedAlways<string | null>;
  subject: string | null;
  issuer: string | null;
  not_before: Date | null;
  not_after: Date | null;
  created_at: Moment;
  intended_at: Date | null;
  issued_at: Date | null;
  sent_at: Date | null;
  installed_at: Date | null;
  superseded_at: Date | null;
  deleted_at: Date | null;
  revoked_at: Date | null;
  revocation_reason: string | null;
  discarded_at: Date | null;
}

export interface OperationTable {
  id: Generated<number>;
  device_id: number | null;
  device_name: string;
  kind: 'install' | 'delete' | 'troubleshoot';
  authentication_mode:
    | 'authenticationString'
    | 'nullString'
    | 'existingCertificateLscFirst'
    | 'existingCertificateMicFirst';
  /** Sealed to this row; erased when the operation ends. */
  authentication_string: Buffer | null;
  key_order: Generated<'rsaOnly' | 'ecOnly' | 'ecPreferred'>;
  rsa_key_size: Generated<number>;
  ec_key_size: Generated<number>;
  completes_by: Date;
  state: Generated<OperationState>;
  reason_code: string | null;
  reason: string | null;
  report: ColumnType<object | null, string | null | undefined, string | null>;
  wrong_strings: Generated<number>;
  string_spent_at: Date | null;
  /** CIDR; null for anywhere. */
  allowed_networks: string[] | null;
  address_changed_from: string | null;
  session_id: number | null;
  /** Kept by a trigger. */
  latest: ColumnType<boolean, never, never>;
  created_at: Moment;
  created_by: string;
  started_at: Date | null;
  ended_at: Date | null;
}

export type OperationState =
  | 'pending'
  | 'inProgress'
  | 'waitingForAuthority'
  | 'successful'
  | 'failed'
  | 'expired'
  | 'cancelled';

/** Written by a trigger alone. */
export interface OperationEventTable {
  id: GeneratedAlways<number>;
  operation_id: number;
  at: Moment;
  state: OperationState;
  reason_code: string | null;
  reason: string | null;
  session_id: number | null;
}
