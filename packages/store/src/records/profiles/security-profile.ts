import type { Selectable } from 'kysely';
import type { Queries } from '../../database/connect.js';
import type { SecurityProfileTable } from '../../database/tables-files.js';

type Row = Selectable<SecurityProfileTable>;

/** What a phone security profile says. */
export interface SecurityProfileSettings {
  readonly description: string;
  /** Null: for any. */
  readonly model: string | null;
  readonly protocol: Row['protocol'];
  readonly deviceSecurityMode: Row['device_security_mode'];
  /** TFTP Encrypted Config; null: nothing is said, as of profiles that were made from what devices named before there were any. */
  readonly encryptedConfiguration: boolean | null;
  readonly excludeDigestCredentials: boolean;
  readonly authenticationMode: Row['authentication_mode'];
  readonly keyOrder: Row['key_order'];
  /** Bits. */
  readonly rsaKeySize: number;
  /** Bits. */
  readonly ecKeySize: number;
  /** Certificate Issuer to Endpoint: the name of an authority; null: the default. */
  readonly certificateIssuer: string | null;
  /** CAPF servers of its own, `host[:port]`; empty: as the site says. */
  readonly capfServers: readonly string[];
}

/** A phone security profile on record. */
export interface SecurityProfile extends SecurityProfileSettings {
  readonly name: string;
  /** Non-secure, made by the service: neither changed nor deleted. */
  readonly predefined: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What the CAPF settings of a phone are: how it proves itself, and what key it makes. */
export type CapfSettings = Pick<
  SecurityProfileSettings,
  'authenticationMode' | 'keyOrder' | 'rsaKeySize' | 'ecKeySize'
>;

/** What a profile says where nobody says otherwise (security-guide-extracts.md, "Phone Security Profile Settings"). */
export const usualProfile: SecurityProfileSettings = {
  description: '',
  model: null,
  protocol: null,
  deviceSecurityMode: 'nonSecure',
  encryptedConfiguration: false,
  excludeDigestCredentials: false,
  authenticationMode: 'nullString',
  keyOrder: 'rsaOnly',
  rsaKeySize: 2048,
  ecKeySize: 256,
  certificateIssuer: null,
  capfServers: [],
};

/** Profiles with the name of their authority. */
export function selectProfiles(queries: Queries) {
  return queries
    .selectFrom('security_profile as p')
    .leftJoin('issuer as i', 'i.id', 'p.issuer_id')
    .select([
      'p.name',
      'p.description',
      'p.model',
      'p.protocol',
      'p.predefined',
      'p.device_security_mode as deviceSecurityMode',
      'p.encrypted_configuration as encryptedConfiguration',
      'p.exclude_digest_credentials as excludeDigestCredentials',
      'p.authentication_mode as authenticationMode',
      'p.key_order as keyOrder',
      'p.rsa_key_size as rsaKeySize',
      'p.ec_key_size as ecKeySize',
      'i.name as certificateIssuer',
      'p.capf_servers as capfServers',
      'p.created_at as createdAt',
      'p.updated_at as updatedAt',
    ]);
}

/** The columns that settings stand in. @param issuer - the number of the authority that they name */
export function profileColumns(settings: SecurityProfileSettings, issuer: number | null) {
  return {
    description: settings.description,
    model: settings.model,
    protocol: settings.protocol,
    device_security_mode: settings.deviceSecurityMode,
    encrypted_configuration: settings.encryptedConfiguration,
    exclude_digest_credentials: settings.excludeDigestCredentials,
    authentication_mode: settings.authenticationMode,
    key_order: settings.keyOrder,
    rsa_key_size: settings.rsaKeySize,
    ec_key_size: settings.ecKeySize,
    issuer_id: issuer,
    capf_servers: [...settings.capfServers],
  };
}
