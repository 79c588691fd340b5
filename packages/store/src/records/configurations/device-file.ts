import type { Database } from '../../database/connect.js';
import type { SealedPlace, SecretKey } from '../../secrets/secret-key.js';
import { activeFileSigner, deviceState } from '../files/files-on-record.js';
import type { SecurityProfileSettings } from '../profiles/security-profile.js';
import { configurationPlace, fieldsPlace, templatePlace } from './sealed-places.js';

/** All that a device's configuration files are made from. */
export interface DeviceFileFacts {
  readonly name: string;
  readonly model: string | null;
  readonly protocol: 'SIP' | 'SCCP' | null;
  /** The XML as the administrator gave it, or that of the template, whose fields are not filled yet; null when there is none. */
  readonly configuration: Buffer | null;
  /** What fills the template's fields; null when the file is a whole one. */
  readonly fields: Readonly<Record<string, string>> | null;
  /** DER of the certificate that the contract shows. */
  readonly certificate: Buffer | null;
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
  /** Another text whenever any of these is: see `FilesOnRecord`. */
  readonly state: string;
  /** Who signed configuration files then: SHA-256 over the certificate, lower-case hex; null: nobody yet. */
  readonly signer: string | null;
  /** What its profile says. */
  readonly profile: Pick<SecurityProfileSettings, 'excludeDigestCredentials' | 'capfServers'> | null;
}

interface Row extends Omit<DeviceFileFacts, 'configuration' | 'fields'> {
  readonly id: number;
  readonly sealed: Buffer | null;
  readonly sealedFields: Buffer | null;
  readonly templateId: number | null;
  readonly template: Buffer | null;
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
       t.id as "templateId", t.sealed as template, c.der as certificate, c.md5hash, d.capf_auth_mode as "capfAuthMode",
       coalesce(d.encrypted_configuration, p.encrypted_configuration, false) as encrypted, k.id is not null as "hasSymmetricKey",
       d.updated_at as "updatedAt", ${deviceState} as state, (${activeFileSigner}) as signer,
       case when p.id is not null then json_build_object('excludeDigestCredentials', p.exclude_digest_credentials,
         'capfServers', p.capf_servers) end as profile
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
  if (row === undefined) return undefined;
  const { id, sealed, sealedFields, templateId, template, ...known } = row;
  const opened = (given: Buffer | null, place: SealedPlace): Buffer | null =>
    given === null ? null : secretKey.open(given, place);
  const fields = opened(sealedFields, fieldsPlace(id));
  return {
    ...known,
    configuration: opened(sealed, configurationPlace(id)) ?? opened(template, templatePlace(templateId ?? 0)),
    fields: fields === null ? null : (JSON.parse(fields.toString()) as Record<string, string>),
  };
}
