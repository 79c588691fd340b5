import type { ColumnType, Generated, GeneratedAlways, JSONColumnType } from 'kysely';
import type { AuditChainTable, AuditCheckpointTable, AuditEntryTable } from './tables-audit.js';
import type {
  CertificateTable,
  DeviceTable,
  OperationEventTable,
  OperationState,
  OperationTable,
} from './tables-device.js';
import type {
  ConfigurationTemplateTable,
  DeviceConfigurationTable,
  DeviceSymmetricKeyTable,
  SecurityProfileTable,
} from './tables-files.js';
import type { FileSignerTable, TrustListEntryTable, TrustListPlanTable, TrustListTable } from './tables-trust-lists.js';

/** Json of any shape, given as its text. */
export type Json = JSONColumnType<object, string, string>;

/** A moment that the database sets by itself. */
export type Moment = ColumnType<Date, Date | undefined, Date>;

export interface NodeTable {
  id: string;
  parent_id: string | null;
  worker: number | null;
  host: string;
  process_id: number | null;
  version: string;
  knows_migration: string;
  started_at: Moment;
  heartbeat_at: Moment;
  heard_since: Moment;
  draining_since: Date | null;
  clock_offset_ms: number | null;
}

export interface JobTable {
  name: string;
  due_at: Moment;
  ran_at: Date | null;
  ran_by: string | null;
}

export interface SessionTable {
  id: GeneratedAlways<number>;
  wire_id: number;
  node_id: string;
  device_id: number | null;
  device_name: string | null;
  remote_address: string;
  remote_port: number;
  listener: string;
  tls_version: string | null;
  cipher: string | null;
  capf_version: number | null;
  phone_reason: number | null;
  operation_id: number | null;
  started_at: Moment;
  authenticated_at: Date | null;
  ended_at: Date | null;
  outcome: string | null;
  end_reason: number | null;
  reason: string | null;
  steps: Generated<Json>;
}

export interface PrivateKeyTable {
  id: Generated<number>;
  purpose: string;
  algorithm: string;
  public_key: Buffer;
  public_key_sha256: GeneratedAlways<Buffer>;
  sealed: Buffer | null;
  location: JSONColumnType<object, string, string> | null;
  created_at: Moment;
}

export interface CapfIdentityTable {
  id: GeneratedAlways<number>;
  certificate: Buffer;
  certificate_sha256: GeneratedAlways<Buffer>;
  chain: Generated<Buffer[]>;
  private_key_id: number;
  state: 'staged' | 'active' | 'retired';
  created_at: Moment;
  activated_at: Date | null;
  retired_at: Date | null;
}

export interface IssuerTable {
  id: GeneratedAlways<number>;
  name: string;
  kind: string;
  certificate: Buffer | null;
  certificate_sha256: GeneratedAlways<Buffer | null>;
  chain: Generated<Buffer[]>;
  private_key_id: number | null;
  state: 'staged' | 'active' | 'retired';
  is_default: Generated<boolean>;
  crl_urls: Generated<string[]>;
  aia_urls: Generated<string[]>;
  ec_key_usage: 'standard' | 'cisco' | null;
  validity_days: number | null;
  accept_expired_until: Date | null;
  configuration: ColumnType<object, string | undefined, string>;
  /** JSON of what is secret in the configuration, sealed to this row. */
  sealed_secrets: Buffer | null;
  created_at: Moment;
  activated_at: Date | null;
  retired_at: Date | null;
}

export type AuthorityRequestState =
  | 'waiting'
  | 'sending'
  | 'pending'
  | 'lost'
  | 'issued'
  | 'denied'
  | 'failed'
  | 'abandoned';

/** A request to an authority elsewhere, beside the certificate that it is for. */
export interface AuthorityRequestTable {
  certificate_id: number;
  issuer_id: number;
  state: Generated<AuthorityRequestState>;
  poll_reference: string | null;
  attempts: Generated<number>;
  next_attempt_at: Moment;
  at_once: Generated<boolean>;
  reason_code: string | null;
  reason: string | null;
  owner: string | null;
  leased_until: Date | null;
  created_at: Moment;
  sent_at: Date | null;
  ended_at: Date | null;
  refused_at: Date | null;
}

export interface TrustCertificateTable {
  sha256: GeneratedAlways<Buffer>;
  der: Buffer;
  purpose: 'mic' | 'foreignCapf' | 'lscIssuer';
  uploaded: Generated<boolean>;
  file_name: string | null;
  /** `file` as long as there is one. */
  source: GeneratedAlways<'file' | 'upload'>;
  subject: string;
  issuer: string;
  not_before: Date;
  not_after: Date;
  allow_expired: Generated<boolean>;
  use_count: Generated<number>;
  last_used_at: Date | null;
  created_at: Moment;
  created_by: string;
}

/** What an administrator may do: read, work on devices, everything. */
export type Role = 'viewer' | 'operator' | 'administrator';

export interface TokenTable {
  id: GeneratedAlways<number>;
  name: string;
  role: Role;
  hash: Buffer;
  created_at: Moment;
  created_by: string;
  expires_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

export interface SettingTable {
  name: string;
  value: ColumnType<unknown, string, string>;
  updated_at: Moment;
  updated_by: string;
}

export interface SecretKeyCheckTable {
  only_row: Generated<boolean>;
  key_id: string;
  sealed: Buffer;
  next_key_id: string | null;
  created_at: Moment;
}

/** The tables of schema `opencapf_private`, as migrations make them. */
export interface Tables {
  device: DeviceTable;
  certificate: CertificateTable;
  operation: OperationTable;
  operation_event: OperationEventTable;
  node: NodeTable;
  job: JobTable;
  session: SessionTable;
  private_key: PrivateKeyTable;
  capf_identity: CapfIdentityTable;
  issuer: IssuerTable;
  authority_request: AuthorityRequestTable;
  trust_certificate: TrustCertificateTable;
  token: TokenTable;
  setting: SettingTable;
  secret_key_check: SecretKeyCheckTable;
  file_signer: FileSignerTable;
  trust_list_entry: TrustListEntryTable;
  trust_list_plan: TrustListPlanTable;
  trust_list: TrustListTable;
  audit_chain: AuditChainTable;
  audit_entry: AuditEntryTable;
  audit_checkpoint: AuditCheckpointTable;
  security_profile: SecurityProfileTable;
  configuration_template: ConfigurationTemplateTable;
  device_configuration: DeviceConfigurationTable;
  device_symmetric_key: DeviceSymmetricKeyTable;
}

export type {
  AuditChainTable,
  AuditCheckpointTable,
  AuditEntryTable,
  CertificateTable,
  DeviceTable,
  OperationEventTable,
  OperationState,
  OperationTable,
};
