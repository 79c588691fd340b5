import type { SettingKind } from '../kinds.js';

/**
 * Where a setting lives. `bootstrap`: only the environment or the file, needed before Postgres is reached or different on
 * each node. `stored`: Postgres, the same for every node, overridden by the environment. `client`: the command line's own.
 */
export type SettingScope = 'bootstrap' | 'stored' | 'client';

/** One setting: its name, what it may hold, and what people are told about it. */
export interface Setting<Value, Default extends Value | undefined> {
  readonly name: string;
  readonly scope: SettingScope;
  readonly kind: SettingKind<Value>;
  readonly default: Default;
  /** What an unset value means, for settings whose default is not a plain value. */
  readonly unset?: string;
  /** Never echoed, logged or listed with its value. */
  readonly secret?: true;
  readonly help: string;
}

/** A declaration as it is written; an unset default says in words what that means. */
export function setting<Value>(
  declaration: Omit<Setting<Value, undefined>, 'default'> & { readonly unset: string },
): Setting<Value, undefined>;
export function setting<Value, Default extends Value>(declaration: Setting<Value, Default>): Setting<Value, Value>;
export function setting<Value>(
  declaration: Omit<Setting<Value, Value>, 'default'> & { readonly default?: Value },
): object {
  return { default: undefined, ...declaration };
}
