import type { Deadlines } from '@opencapf/enrollment';
import type { SettingValues } from '@opencapf/store';

/** How long a phone may take for each step. */
export function deadlinesOf(settings: SettingValues): Deadlines {
  return {
    authentication: settings.authenticationTimeout * 1000,
    keyGeneration: settings.keyGenerationTimeout * 1000,
    store: settings.storeTimeout * 1000,
    fetch: settings.fetchTimeout * 1000,
    delete: settings.deleteTimeout * 1000,
  };
}

/** How long a session can take that asks for two keys, in milliseconds. */
export function longestSessionMs(settings: SettingValues): number {
  const { authentication, keyGeneration, store } = deadlinesOf(settings);
  return authentication + keyGeneration * 2 + store;
}
