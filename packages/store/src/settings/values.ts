import { StoreError } from '../errors.js';
import type { Setting, SettingScope } from './schema/setting.js';
import { type SettingKey, type SettingValues, settings } from './schema.js';

/** Environment-like input: names to values, as in `process.env` or a parsed JSON file. */
export type SettingSource = Readonly<Record<string, unknown>>;

/** Settings that somebody gave, each with the place where it was given. */
export interface GivenSettings {
  readonly values: Partial<SettingValues>;
  /** Things worth a line in the log that are no reason not to start, such as a name nobody knows. */
  readonly warnings: readonly string[];
}

const declarations = Object.entries(settings) as readonly (readonly [SettingKey, Setting<unknown, unknown>])[];
const keyByName = new Map(declarations.map(([key, declared]) => [declared.name, key]));

/** Names that begin like settings and are none: read elsewhere. */
const notSettings = new Set(['OPENCAPF_CONFIG', 'OPENCAPF_PHONE_AUTH_STRING', 'OPENCAPF_TEST_SERVER']);

/**
 * Checks one value, as given in the environment or in a file.
 *
 * @param where - what people would look for to change it, such as `the environment` or a file's name
 * @throws StoreError `setting-invalid` in one line that names the setting; a secret is never echoed
 */
export function parseSetting(key: SettingKey, given: unknown, where: string): unknown {
  const declared: Setting<unknown, unknown> = settings[key];
  const result = declared.kind.schema.safeParse(given);
  if (result.success) return result.data;
  const shown = declared.secret ? 'what is given' : JSON.stringify(given)?.slice(0, 80);
  throw new StoreError(
    'setting-invalid',
    `${declared.name} must be ${declared.kind.mustBe}, not ${shown} (from ${where})`,
  );
}

/**
 * Reads what is given in a source.
 *
 * An empty value in the environment counts as not given, as shells and compose files write it.
 *
 * @throws StoreError `setting-invalid`
 */
export function readSettings(source: SettingSource, where: string, strictNames: boolean): GivenSettings {
  const values: Partial<Record<SettingKey, unknown>> = {};
  const warnings: string[] = [];
  for (const [name, given] of Object.entries(source)) {
    const key = keyByName.get(name);
    if (key !== undefined) {
      if (given !== undefined && given !== '') values[key] = parseSetting(key, given, where);
    } else if (strictNames) {
      throw new StoreError(
        'setting-invalid',
        `${name} is no setting of OpenCAPF (from ${where}); "opencapf settings" lists them`,
      );
    } else if (name.startsWith('OPENCAPF_') && !notSettings.has(name)) {
      warnings.push(`${name} in ${where} is no setting of OpenCAPF; "opencapf settings" lists them`);
    }
  }
  return { values: values as Partial<SettingValues>, warnings };
}

/** The defaults, overridden by each source in turn; the last wins. */
export function resolveSettings(...given: readonly Partial<SettingValues>[]): SettingValues {
  const defaults = Object.fromEntries(declarations.map(([key, declared]) => [key, declared.default]));
  return Object.assign({}, defaults, ...given) as SettingValues;
}

/** The keys of one scope, in the order of the schema. */
export function settingKeys(scope: SettingScope): readonly SettingKey[] {
  return declarations.filter(([, declared]) => declared.scope === scope).map(([key]) => key);
}
