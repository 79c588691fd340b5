import type { DeviceFileFacts } from '@opencapf/store';
import type { DeviceFacts } from '@opencapf/tftp';

/** What the store knows of a device, as files are built from it. */
export function deviceFacts(facts: DeviceFileFacts | undefined): DeviceFacts | undefined {
  if (facts === undefined) return undefined;
  const { fields, profile, ...rest } = facts;
  return {
    ...rest,
    templateFields: fields,
    // Which models can do without was judged when the profile was made.
    excludeDigestCredentials: profile?.excludeDigestCredentials ?? false,
    capfServers: profile?.capfServers ?? [],
  };
}
