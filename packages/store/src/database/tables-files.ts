import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { DeviceTable, OperationTable } from './tables-device.js';

type Moment = ColumnType<Date, Date | undefined, Date>;

export interface SecurityProfileTable {
  id: GeneratedAlways<number>;
  name: string;
  description: Generated<string>;
  /** Null: any. */
  model: string | null;
  protocol: DeviceTable['protocol'];
  predefined: Generated<boolean>;
  device_security_mode: Generated<'nonSecure' | 'authenticated' | 'encrypted'>;
  /** TFTP Encrypted Config; null: nothing is said. */
  encrypted_configuration: ColumnType<boolean | null, boolean | null | undefined, boolean | null>;
  exclude_digest_credentials: Generated<boolean>;
  authentication_mode: ColumnType<
    OperationTable['authentication_mode'],
    OperationTable['authentication_mode'] | undefined,
    OperationTable['authentication_mode']
  >;
  key_order: OperationTable['key_order'];
  rsa_key_size: Generated<number>;
  ec_key_size: Generated<number>;
  /** Certificate Issuer to Endpoint; null: the default. */
  issuer_id: number | null;
  /** `host[:port]`; empty: as the site says. */
  capf_servers: Generated<string[]>;
  created_at: Moment;
  updated_at: Moment;
}

export interface ConfigurationTemplateTable {
  id: Generated<number>;
  name: string;
  /** XML with fields, sealed to this row. */
  sealed: Buffer;
  version: Generated<number>;
  created_at: Moment;
  updated_at: Moment;
  updated_by: string;
}

export interface DeviceConfigurationTable {
  /** The device's. */
  id: number;
  /** XML, sealed to this row. */
  sealed: Buffer | null;
  template_id: number | null;
  /** JSON of texts by the name of their field, sealed to this row. */
  sealed_fields: Buffer | null;
  version: Generated<number>;
  updated_at: Moment;
  updated_by: string;
}

export interface DeviceSymmetricKeyTable {
  /** The device's. */
  id: number;
  /** The bytes of the key, sealed to this row. */
  sealed: Buffer;
  bits: 128 | 256;
  created_at: Moment;
  created_by: string;
}
