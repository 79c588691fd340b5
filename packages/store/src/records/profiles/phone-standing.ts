import { CompiledQuery, type Transaction } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { Tables } from '../../database/tables.js';
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
  /** Whether the certificate that the contract shows has an EC key. */
  readonly hasEcKey: boolean;
  /** Whether an operation is open that installs a key of EC Only or EC Preferred. */
  readonly awaitsEcKey: boolean;
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

/** Phones of one profile that stand alike. */
export interface AlikePhones extends Omit<PhoneStanding, 'profile'> {
  /** The first of them by name. */
  readonly name: string;
  readonly devices: number;
}

// OID 1.2.840.10045.2.1, id-ecPublicKey (RFC 5480), near the beginning of a SubjectPublicKeyInfo.
const isEcKey = `position('\\x2a8648ce3d0201'::bytea in substring(c.public_key for 16)) > 0`;

const columns = `d.model, d.protocol, d.encrypted_configuration as "encryptedConfiguration",
  d.lsc_certificate_id is not null and d.lsc_gone_at is null as "hasLsc", d.published_certificate_id is not null as "hasCertificate",
  coalesce(${isEcKey}, false) as "hasEcKey", coalesce(o.kind = 'install' and o.key_order <> 'rsaOnly', false) as "awaitsEcKey",
  exists (select from opencapf_private.device_symmetric_key k where k.id = d.id) as "hasSymmetricKey",
  exists (select from opencapf_private.device_configuration f where f.id = d.id) as "hasConfiguration"`;

const source = `opencapf_private.device d
  left join opencapf_private.certificate c on c.id = d.published_certificate_id
  left join opencapf_private.operation o on o.device_id = d.id and o.state in ('pending', 'inProgress', 'waitingForAuthority')`;

const standingOfOne = `select ${columns},
    case when p.id is not null then json_build_object('name', p.name, 'model', p.model, 'protocol', p.protocol,
      'deviceSecurityMode', p.device_security_mode, 'encryptedConfiguration', p.encrypted_configuration,
      'excludeDigestCredentials', p.exclude_digest_credentials, 'authenticationMode', p.authentication_mode,
      'keyOrder', p.key_order, 'rsaKeySize', p.rsa_key_size, 'ecKeySize', p.ec_key_size) end as profile
  from ${source}
  left join opencapf_private.security_profile p on p.name = d.security_profile
  where d.name = $1`;

/** How the phone of this name stands. */
export async function readPhoneStanding(database: Database, name: string): Promise<PhoneStanding | undefined> {
  const { rows } = await database.prepared<PhoneStanding>('read-phone-standing', standingOfOne, [name]);
  return rows[0];
}

/** The same within a transaction of the caller's. */
export async function phoneStanding(queries: Transaction<Tables>, name: string): Promise<PhoneStanding | undefined> {
  const { rows } = await queries.executeQuery<PhoneStanding>(CompiledQuery.raw(standingOfOne, [name]));
  return rows[0];
}

/** How the phones of a profile stand, those that stand alike together: reads each of them. */
export async function standingsOfProfile(
  queries: Transaction<Tables>,
  profile: string,
): Promise<readonly AlikePhones[]> {
  const alike = Object.keys(sameOfAlike)
    .map((column) => `"${column}"`)
    .join(', ');
  const text = `select min(name) as name, count(*)::integer as devices, ${alike}
    from (select d.name, ${columns} from ${source} where d.security_profile = $1) phone group by ${alike} order by 1`;
  const { rows } = await queries.executeQuery<AlikePhones>(CompiledQuery.raw(text, [profile]));
  return rows;
}

/** In what phones stand alike. */
const sameOfAlike: Readonly<Record<keyof Omit<AlikePhones, 'name' | 'devices'>, true>> = {
  model: true,
  protocol: true,
  encryptedConfiguration: true,
  hasLsc: true,
  hasCertificate: true,
  hasEcKey: true,
  awaitsEcKey: true,
  hasSymmetricKey: true,
  hasConfiguration: true,
};
