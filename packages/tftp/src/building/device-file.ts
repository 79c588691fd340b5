import { PkiError, readCertificate, sha256Hex } from '@opencapf/pki';
import { fillTemplate, partialConfiguration, readCapfServers, setDeviceState } from '../configuration/index.js';
import { TftpError } from '../errors.js';
import { fileExtensions } from '../format/header-tags.js';
import { needsOldTls } from '../models/index.js';
import { writeEncryptedFile } from '../writers/encrypted-file.js';
import { writeSignedFile } from '../writers/signed-file.js';
import type { ConfigurationForm } from './file-names.js';
import { type FileSite, siteVersions, versionOf } from './file-site.js';
import { type DeviceFileKind, type FetchedFile, type FileRefusal, NotServed, type ServedFile } from './served-file.js';

/** What a device's files are built from, as the store has it at one moment. */
export interface DeviceFacts {
  readonly name: string;
  readonly model: string | null;
  /** The full file that an administrator gave; null: none. */
  readonly configuration: Uint8Array | null;
  /** Null: the file is no template. */
  readonly templateFields: Readonly<Record<string, string>> | null;
  /** DER, of what the contract publishes. */
  readonly certificate: Uint8Array | null;
  readonly md5hash: string | null;
  readonly capfAuthMode: number;
  /** As it is effective: of the device, else of its profile. */
  readonly encrypted: boolean;
  /** Whether the device's profile leaves digest credentials out. */
  readonly excludeDigestCredentials: boolean;
  /** `host[:port]` of the device's profile; empty: those of the site. */
  readonly capfServers: readonly string[];
  /** Whether the file is to be encrypted with a key that was entered on the phone by hand. */
  readonly hasSymmetricKey: boolean;
  /** The contract's `updated_at`. */
  readonly updatedAt: Date;
  /** Another text whenever any of these is. */
  readonly state: string;
  /** Who signed configuration files at that moment: SHA-256 over the certificate, lower-case hex; null: nobody yet. */
  readonly signer: string | null;
}

/** A form that is built: `unsigned` is what `.cnf.xml.sgn` is over HTTPS for anybody, `full` for who has shown the device's LSC. */
export type BuiltForm = ConfigurationForm | 'unsigned' | 'full';

/**
 * Builds one of a device's files. With encryption on, `.cnf.xml.sgn` is the partial file and `.cnf.xml.enc.sgn` the full one, with a
 * new key each time; there is no plain one then. With encryption off there is no encrypted one. Over HTTPS go what `.cnf.xml.sgn` holds,
 * without a signature, and the full one to whoever has shown the device's LSC.
 *
 * @throws NotServed `configuration-missing`, `encryption-on`, `encryption-off`, `certificate-unknown`, `manual-key-layout-unknown`
 * @throws TftpError whatever building and signing can meet, `file-phone-key-not-rsa` among it
 */
export async function buildDeviceFile(facts: DeviceFacts, form: BuiltForm, site: FileSite): Promise<ServedFile> {
  const refusal = refusalOf(facts, form);
  if (refusal !== undefined) throw new NotServed(refusal);
  const full = fullConfiguration(facts, site);
  const name = `${facts.name}.cnf.xml`;
  const versions = siteVersions(site);
  if (form === 'plain') {
    return { name, bytes: full, fetched: noted(facts, 'configuration', [full], { site: versions.plain }) };
  }
  const isPartial = facts.encrypted && form !== 'full';
  const content = isPartial ? partialConfiguration(full, facts.md5hash ?? '', site.layout) : full;
  const kind = isPartial ? 'partial' : 'configuration';
  if (form === 'full' || form === 'unsigned') {
    const fetched = noted(facts, kind, [content], { site: versions.plain });
    return { name: `${name}${fileExtensions.signed}`, bytes: content, fetched };
  }
  const { hash, layout } = site;
  const signer = await site.signer();
  const signing = { signer, hash, layout, at: site.now() };
  const signed = [hash, layout, signer.certificate.der];
  const by = { site: versions.signed, signer: sha256Hex(signer.certificate.der) };
  if (form === 'encrypted') {
    const certificate = facts.certificate ?? new Uint8Array();
    const phoneKey = keyIn(certificate);
    const encryption = { ...signing, phoneKey, random: site.random };
    const bytes = await writeEncryptedFile(`${name}${fileExtensions.encrypted}`, full, encryption);
    return {
      name: `${name}${fileExtensions.encrypted}`,
      bytes,
      fetched: noted(facts, 'configuration', [full, ...signed, certificate], by),
    };
  }
  const bytes = await writeSignedFile(`${name}${fileExtensions.signed}`, content, signing);
  return { name: `${name}${fileExtensions.signed}`, bytes, fetched: noted(facts, kind, [content, ...signed], by) };
}

/** Of the phone's certificate as it is on record, where nobody but whoever writes into the tables can put what is none. */
function keyIn(certificate: Uint8Array): Uint8Array {
  try {
    return readCertificate(certificate).spki;
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    throw new TftpError('file-phone-key-unusable', undefined, { cause });
  }
}

function refusalOf(facts: DeviceFacts, form: BuiltForm): FileRefusal | undefined {
  if (facts.configuration === null) return 'configuration-missing';
  if (form === 'plain' && facts.encrypted) return 'encryption-on';
  if (form !== 'encrypted') return undefined;
  if (!facts.encrypted) return 'encryption-off';
  // The layout of such files appears in no source (tftp-file-formats.md, section 10).
  if (facts.hasSymmetricKey) return 'manual-key-layout-unknown';
  return facts.certificate === null ? 'certificate-unknown' : undefined;
}

/** The full file as it is meant for the device now. */
function fullConfiguration(facts: DeviceFacts, site: FileSite): Buffer {
  const { configuration, templateFields, capfServers } = facts;
  const given = configuration ?? new Uint8Array();
  const servers = capfServers.length > 0 ? capfServers : site.capfServers;
  return setDeviceState(templateFields === null ? given : fillTemplate(given, templateFields), {
    capfAuthMode: facts.capfAuthMode,
    capfServers: servers === undefined ? undefined : readCapfServers(servers, capfPort(facts.model, site)),
    certHash: facts.md5hash ?? '',
    encrypted: facts.encrypted,
    excludeDigestCredentials: facts.excludeDigestCredentials,
  });
}

function capfPort(model: string | null, { capfPorts: { capf, legacy } }: FileSite): number {
  return needsOldTls(model) ? (legacy ?? capf) : capf;
}

function noted(
  facts: DeviceFacts,
  file: DeviceFileKind,
  from: readonly (string | Uint8Array)[],
  by: Pick<FetchedFile, 'site' | 'signer'>,
): FetchedFile {
  return { device: facts.name, file, version: versionOf(from), stateAt: facts.updatedAt, ...by };
}
