import { modelTable, type PhoneProtocol } from '../models/index.js';

/** A non-secure profile that the service brings along. */
export interface PredefinedProfile {
  readonly name: string;
  /** Null: any. */
  readonly model: string | null;
  readonly protocol: PhoneProtocol | null;
}

/**
 * The predefined profiles: one that suits every device, and one for each model with each of its protocols
 * (encrypted-configuration-feature.md shows both kinds: "Cisco 7942 - Standard SCCP Non-Secure Profile").
 */
export function predefinedProfiles(): readonly PredefinedProfile[] {
  const ofModels = modelTable.flatMap(({ name, protocols }) =>
    protocols.map((protocol) => ({
      name: `Cisco ${name.replace(/G$/, '')} - Standard ${protocol} Non-Secure Profile`,
      model: name,
      protocol,
    })),
  );
  return [
    { name: 'Universal Device Template - Model-independent Security Profile', model: null, protocol: null },
    ...ofModels,
  ];
}
