export { type Setting, type SettingKey, type SettingScope, type SettingValues, settings } from './schema.js';
export {
  type GivenSettings,
  parseSetting,
  readSettings,
  resolveSettings,
  type SettingSource,
  settingKeys,
} from './values.js';
