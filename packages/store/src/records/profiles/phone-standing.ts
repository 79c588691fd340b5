import type { Database } from '../../database/connect.js';
import type { SecurityProfileSettings } from './security-profile.js';

/** What is on record of a phone, as far as it bears on what can be asked of it. */
export interface PhoneStanding {
  readonly model: string | null;
  readonly protocol: 'SIP' | 'SCCP' | null;
  /** The device's own word; null: as its profile says. */
  readonly encryptedConfiguration: boolean | null;
  /** Whether an LSC is installed, and the phone was not seen without it. */
  readonly hasLsc: boolean;
  /** Whether an LSC or a MIC is on record. */
  readonly hasCertificate: boolean;
  readonly hasSymmetricKey: boolean;
  readonly hasConfiguration: boolean;
  readonly profile: StandingProfile | null;
}

/** Of a profile what is asked of its phones. */
export interface StandingProfile
  extends Pick<
    SecurityProfileSettings,
    | 'deviceSecurityMode'
    | 'encryptedConfiguration'
    | 'excludeDigestCredentials'
    | 'authenticationMode'
    | 'keyOrder'
    | 'rsaKeySize'
    | 'ecKeySize'
  > {
  readonly name: string;
  readonly model: string | null;
  readonly protocol: 'SIP' | 'SCCP' | null;
}

type Row = Omit<PhoneStanding, 'profile'> & { readonly profile: string | null } & {
  readonly [Field in Exclude<keyof StandingProfile, 'name'> as `of${Capitalize<Field>}`]: StandingProfile[Field];
};

/** How the phone of this name stands. */
export async function readPhoneStanding(database: Database, name: string): Promise<PhoneStanding | undefined> {
  const { rows } = await database.prepared<Row>(
    'read-phone-standing',
    `select d.model, d.protocol, d.encrypted_configuration as "encryptedConfiguration",
       d.lsc_certificate_id is not null and d.lsc_gone_at is null as "hasLsc", d.published_certificate_id is not null as "hasCertificate",
       exists (select from opencapf_private.device_symmetric_key k where k.id = d.id) as "hasSymmetricKey",
       exists (select from opencapf_private.device_configuration f where f.id = d.id) as "hasConfiguration",
       p.name as profile, p.model as "ofModel", p.protocol as "ofProtocol", p.device_security_mode as "ofDeviceSecurityMode",
       p.encrypted_configuration as "ofEncryptedConfiguration", p.exclude_digest_credentials as "ofExcludeDigestCredentials",
       p.authentication_mode as "ofAuthenticationMode", p.key_order as "ofKeyOrder", p.rsa_key_size as "ofRsaKeySize",
       p.ec_key_size as "ofEcKeySize"
     from opencapf_private.device d
     left join opencapf_private.security_profile p on p.name = d.security_profile
     where d.name = $1`,
    [name],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const { model, protocol, encryptedConfiguration, hasLsc, hasCertificate, hasSymmetricKey, hasConfiguration } = row;
  const phone = { model, protocol, encryptedConfiguration, hasLsc, hasCertificate, hasSymmetricKey, hasConfiguration };
  return { ...phone, profile: row.profile === null ? null : profileOf(row, row.profile) };
}

function profileOf(row: Row, name: string): StandingProfile {
  return {
    name,
    model: row.ofModel,
    protocol: row.ofProtocol,
    deviceSecurityMode: row.ofDeviceSecurityMode,
    encryptedConfiguration: row.ofEncryptedConfiguration,
    excludeDigestCredentials: row.ofExcludeDigestCredentials,
    authenticationMode: row.ofAuthenticationMode,
    keyOrder: row.ofKeyOrder,
    rsaKeySize: row.ofRsaKeySize,
    ecKeySize: row.ofEcKeySize,
  };
}
