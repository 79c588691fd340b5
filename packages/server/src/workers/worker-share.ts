import type { SettingValues } from '@opencapf/store';

/** The settings for one of so many workers: what bounds connections is shared among them. */
export function workerShare(settings: SettingValues): SettingValues {
  const { workers } = settings;
  const share = (whole: number): number => Math.ceil(whole / workers);
  const { sessions, sessionsPerAddress, unauthenticated, unauthenticatedPerAddress, unauthenticatedPerProxy } =
    settings;
  return {
    ...settings,
    sessions: share(sessions),
    sessionsPerAddress: share(sessionsPerAddress),
    unauthenticated: share(unauthenticated),
    unauthenticatedPerAddress: share(unauthenticatedPerAddress),
    unauthenticatedPerProxy: unauthenticatedPerProxy === undefined ? undefined : share(unauthenticatedPerProxy),
  };
}
