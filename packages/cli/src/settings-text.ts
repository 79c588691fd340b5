import { type Setting, type SettingKey, type SettingScope, settings } from '@opencapf/store/settings';

/** One setting as people and scripts read it. */
export interface SettingDescription {
  readonly name: string;
  readonly scope: SettingScope;
  readonly mustBe: string;
  readonly default: string;
  readonly secret: boolean;
  readonly help: string;
}

/** Every setting of the schema, described. */
export function describeSettings(): readonly SettingDescription[] {
  return (Object.keys(settings) as SettingKey[]).map((key) => {
    const declared: Setting<unknown, unknown> = settings[key];
    return {
      name: declared.name,
      scope: declared.scope,
      mustBe: declared.kind.mustBe,
      default: declared.unset ?? defaultText(declared.default),
      secret: declared.secret === true,
      help: declared.help,
    };
  });
}

function defaultText(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
}
