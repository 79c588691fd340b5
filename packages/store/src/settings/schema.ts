import { administrationSettings } from './schema/administration.js';
import { boundSettings } from './schema/bounds.js';
import { certificateSettings } from './schema/certificates.js';
import { commandLineSettings } from './schema/command-line.js';
import { configurationFileSettings } from './schema/configuration-files.js';
import { deadlineSettings } from './schema/deadlines.js';
import { guessingSettings } from './schema/guessing.js';
import { operationSettings } from './schema/operations.js';
import { phoneListenerSettings } from './schema/phone-listener.js';
import { processSettings } from './schema/process.js';
import { proofSettings } from './schema/proofs.js';
import { provisionalSettings } from './schema/provisional.js';
import { retentionSettings } from './schema/retention.js';
import type { Setting } from './schema/setting.js';
import { storageSettings } from './schema/storage.js';

/** Every setting of OpenCAPF (DESIGN section 4): help, documentation and checks are made from this list, in this order. */
export const settings = {
  ...storageSettings,
  ...phoneListenerSettings,
  ...proofSettings,
  ...administrationSettings,
  ...processSettings,
  ...configurationFileSettings,
  ...certificateSettings,
  ...deadlineSettings,
  ...boundSettings,
  ...operationSettings,
  ...guessingSettings,
  ...provisionalSettings,
  ...retentionSettings,
  ...commandLineSettings,
} as const;

/** The key of a setting in the code. */
export type SettingKey = keyof typeof settings;

type ValueOf<Declared> =
  Declared extends Setting<infer Value, infer Default> ? Value | Extract<Default, undefined> : never;

/** The value of every setting. */
export type SettingValues = { readonly [Key in SettingKey]: ValueOf<(typeof settings)[Key]> };
