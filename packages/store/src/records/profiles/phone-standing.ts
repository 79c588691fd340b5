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

/** How the phone of this name stands. */
export async function readPhoneStanding(database: Database, name: string): Promise<PhoneStanding | undefined> {
  const { rows } = await database.prepared<PhoneStanding>(
    'read-phone-standing',
    `select d.model, d.protocol, d.encrypted_configuration as "encryptedConfiguration",
       d.lsc_certificate_id is not null and d.lsc_gone_at is null as "hasLsc", d.published_certificate_id is not null as "hasCertificate",
       exists (select from opencapf_private.device_symmetric_key k where k.id = d.id) as "hasSymmetricKey",
       exists (select from opencapf_private.device_configuration f where f.id = d.id) as "hasConfiguration",
       case when p.id is not null then json_build_object('name', p.name, 'model', p.model, 'protocol', p.protocol,
         'deviceSecurityMode', p.device_security_mode, 'encryptedConfiguration', p.encrypted_configuration,
         'excludeDigestCredentials', p.exclude_digest_credentials, 'authenticationMode', p.authentication_mode,
         'keyOrder', p.key_order, 'rsaKeySize', p.rsa_key_size, 'ecKeySize', p.ec_key_size) end as profile
     from opencapf_private.device d
     left join opencapf_private.security_profile p on p.name = d.security_profile
     where d.name = $1`,
    [name],
  );
  return rows[0];
}
