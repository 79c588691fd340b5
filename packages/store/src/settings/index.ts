export type { Setting, SettingScope } from './schema/setting.js';
export { type SettingKey, type SettingValues, settings } from './schema.js';
export {
  type GivenSettings,
  parseSetting,
  readSettings,
  resolveSettings,
  type SettingSource,
  settingKeys,
} from './values.js';
