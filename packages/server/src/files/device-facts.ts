import type { DeviceFileFacts } from '@opencapf/store';
import type { DeviceFacts } from '@opencapf/tftp';

/** What the store knows of a device, as files are built from it. */
export function deviceFacts(facts: DeviceFileFacts | undefined): DeviceFacts | undefined {
  if (facts === undefined) return undefined;
  const { fields, profile, ...rest } = facts;
  return {
    ...rest,
    templateFields: fields,
    // A model that is not known to do without was refused, or forced, when the device or its profile was changed.
    excludeDigestCredentials: profile?.excludeDigestCredentials ?? false,
    capfServers: profile?.capfServers ?? [],
  };
}
