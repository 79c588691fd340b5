import type { Database } from '../../database/connect.js';
import type { SecretKey } from '../../secrets/secret-key.js';
import type { SecurityProfileSettings } from '../profiles/security-profile.js';
import { configurationPlace, fieldsPlace, templatePlace } from './sealed-places.js';

/** All that a device's configuration files are made from. */
export interface DeviceFileFacts {
  readonly name: string;
  readonly model: string | null;
  readonly protocol: 'SIP' | 'SCCP' | null;
  /** The XML as the administrator gave it, or that of the template, whose fields are not filled yet; null when there is none. */
  readonly configuration: Buffer | null;
  /** Grows with every change of file, fields or template; 0 when there is none. */
  readonly configurationVersion: number;
  /** What fills the template's fields; null when the file is a whole one. */
  readonly fields: Readonly<Record<string, string>> | null;
  /** DER of the certificate that the contract shows. */
  readonly certificate: Buffer | null;
  readonly certificateType: 'LSC' | 'MIC' | null;
  /** Lower-case hex, as `certHash`. */
  readonly md5hash: string | null;
  /** Of the open operation, as `capfAuthMode`; 0 when nothing is queued. */
  readonly capfAuthMode: number;
  /** TFTP Encrypted Config: the device's own word, else its profile's, else false. */
  readonly encrypted: boolean;
  /** Whether its files are to be encrypted with a key that was entered by hand. */
  readonly hasSymmetricKey: boolean;
  /** When what the contract shows, or anything else of these, last changed. */
  readonly updatedAt: Date;
  readonly profile: DeviceFileProfile | null;
}

/** What a profile says of files. */
export interface DeviceFileProfile
  extends Pick<
    SecurityProfileSettings,
    'deviceSecurityMode' | 'excludeDigestCredentials' | 'keyOrder' | 'capfServers'
  > {
  readonly name: string;
}

interface Row extends Omit<DeviceFileFacts, 'configuration' | 'configurationVersion' | 'fields' | 'profile'> {
  readonly id: number;
  readonly sealed: Buffer | null;
  readonly sealedFields: Buffer | null;
  readonly version: number | null;
  readonly templateId: number | null;
  readonly template: Buffer | null;
  readonly profileName: string | null;
  readonly deviceSecurityMode: DeviceFileProfile['deviceSecurityMode'];
  readonly excludeDigestCredentials: boolean;
  readonly keyOrder: DeviceFileProfile['keyOrder'];
  readonly capfServers: readonly string[];
}

/**
 * What the files of the device of this name, exactly, are made from: one short statement.
 *
 * @throws StoreError `sealed-value-unreadable`
 */
export async function readDeviceFile(
  database: Database,
  secretKey: SecretKey,
  name: string,
): Promise<DeviceFileFacts | undefined> {
  const { rows } = await database.prepared<Row>(
    'read-device-file',
    `select d.id, d.name, d.model, d.protocol, f.sealed, f.sealed_fields as "sealedFields",
       greatest(f.version, t.version) as version, t.id as "templateId", t.sealed as template,
       c.der as certificate, c.type as "certificateType", c.md5hash, d.capf_auth_mode as "capfAuthMode",
       coalesce(d.encrypted_configuration, p.encrypted_configuration, false) as encrypted, k.id is not null as "hasSymmetricKey",
       d.updated_at as "updatedAt",
       p.name as "profileName", p.device_security_mode as "deviceSecurityMode",
       p.exclude_digest_credentials as "excludeDigestCredentials", p.key_order as "keyOrder", p.capf_servers as "capfServers"
     from opencapf_private.device d
     left join opencapf_private.device_configuration f on f.id = d.id
     left join opencapf_private.configuration_template t on t.id = f.template_id
     left join opencapf_private.certificate c on c.id = d.published_certificate_id
     left join opencapf_private.security_profile p on p.name = d.security_profile
     left join opencapf_private.device_symmetric_key k on k.id = d.id
     where d.name = $1`,
    [name],
  );
  const [row] = rows;
  return row && facts(row, secretKey);
}

function facts(row: Row, secretKey: SecretKey): DeviceFileFacts {
  const {
    name,
    model,
    protocol,
    certificate,
    certificateType,
    md5hash,
    capfAuthMode,
    encrypted,
    hasSymmetricKey,
    updatedAt,
  } = row;
  const fields =
    row.sealedFields === null
      ? null
      : (JSON.parse(secretKey.open(row.sealedFields, fieldsPlace(row.id)).toString()) as Record<string, string>);
  return {
    ...{
      name,
      model,
      protocol,
      certificate,
      certificateType,
      md5hash,
      capfAuthMode,
      encrypted,
      hasSymmetricKey,
      updatedAt,
    },
    configuration: configurationOf(row, secretKey),
    configurationVersion: row.version ?? 0,
    fields,
    profile: row.profileName === null ? null : profileOf(row, row.profileName),
  };
}

function configurationOf({ id, sealed, templateId, template }: Row, secretKey: SecretKey): Buffer | null {
  if (sealed !== null) return secretKey.open(sealed, configurationPlace(id));
  if (template !== null && templateId !== null) return secretKey.open(template, templatePlace(templateId));
  return null;
}

function profileOf(row: Row, name: string): DeviceFileProfile {
  const { deviceSecurityMode, excludeDigestCredentials, keyOrder, capfServers } = row;
  return { name, deviceSecurityMode, excludeDigestCredentials, keyOrder, capfServers };
}
