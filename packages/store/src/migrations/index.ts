import type { Migration } from 'kysely';
import { foundation } from './0001/index.js';
import { authorities } from './0002/authorities.js';
import { probes } from './0002/probes.js';
import { issuerSettings } from './0003/issuer-settings.js';
import { probeNodes } from './0003/probe-nodes.js';
import { deviceConfigurations } from './0004/device-configurations.js';
import { fileFetches } from './0004/file-fetches.js';
import { securityProfiles } from './0004/security-profiles.js';
import { trustLists } from './0004/trust-lists.js';
import { fileSites } from './0005/file-sites.js';
import { deviceChangeTimes } from './0006/device-change-times.js';
import { fetchAddresses } from './0007/fetch-addresses.js';
import { trustAnnouncements } from './0008/trust-announcements.js';
import { filesOverHttps } from './0009/files-over-https.js';

/** A step of the schema. */
export interface SchemaStep extends Migration {
  /**
   * The newest migration that a program has to know to go on working with what this step leaves: its own name, or an older
   * one where programs of that time do not notice it. What they would notice is done in two steps, each in a version of its own:
   * the first adds the new beside the old and needs no more than was needed before, the second takes the old away.
   */
  readonly needs: string;
}

/** The steps of the schema that a program knows, in the order of their names. */
export type SchemaSteps = Readonly<Record<string, SchemaStep>>;

/** Every migration in the order of its name. One that was released never changes; a new one is added below. */
export const migrations: SchemaSteps = {
  '0001-foundation': { ...foundation, needs: '0001-foundation' },
  '0002-authorities': { ...authorities, needs: '0001-foundation' },
  '0002-probes': { ...probes, needs: '0001-foundation' },
  '0003-issuer-settings': { ...issuerSettings, needs: '0001-foundation' },
  '0003-probe-nodes': { ...probeNodes, needs: '0001-foundation' },
  '0004-device-configurations': { ...deviceConfigurations, needs: '0001-foundation' },
  '0004-file-fetches': { ...fileFetches, needs: '0001-foundation' },
  '0004-security-profiles': { ...securityProfiles, needs: '0001-foundation' },
  '0004-trust-lists': { ...trustLists, needs: '0001-foundation' },
  '0005-file-sites': { ...fileSites, needs: '0001-foundation' },
  '0006-device-change-times': { ...deviceChangeTimes, needs: '0001-foundation' },
  '0007-fetch-addresses': { ...fetchAddresses, needs: '0001-foundation' },
  '0008-trust-announcements': { ...trustAnnouncements, needs: '0001-foundation' },
  '0009-files-over-https': { ...filesOverHttps, needs: '0001-foundation' },
};

/** The newest migration that this program knows. */
export const newestMigration = Object.keys(migrations).sort().at(-1) ?? '';
