import { type Database, type DeviceFileFacts, readDeviceFile, type SecretKey } from '@opencapf/store';
import { type ConfigurationReport, fillTemplate, readConfiguration } from '@opencapf/tftp';
import { AdminApiError } from './errors.js';

/**
 * The full file of a device, as an administrator gave it: a template filled.
 *
 * @throws AdminApiError `device-unknown`, `configuration-none`
 */
export async function readFullFile(database: Database, secretKey: SecretKey, name: string): Promise<Buffer> {
  const facts = await readDeviceFile(database, secretKey, name);
  if (facts === undefined) throw new AdminApiError('device-unknown', name);
  const file = fullFile(facts);
  if (file === undefined) throw new AdminApiError('configuration-none', name);
  return file;
}

function fullFile({ configuration, fields }: DeviceFileFacts): Buffer | undefined {
  if (configuration === null) return undefined;
  return fields === null ? configuration : fillTemplate(configuration, fields);
}

/** What a file says about CAPF and security, as answers have it. @throws TftpError `configuration-...` */
export function reportOf(xml: Uint8Array) {
  return asAnswer(readConfiguration(xml));
}

function asAnswer({ encoding, bytes, elements, missing, findings }: ConfigurationReport) {
  return { encoding, bytes, elements: [...elements], missing: [...missing], findings: [...findings] };
}
