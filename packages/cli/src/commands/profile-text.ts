import { itemsOf, shown } from './with-service.js';

type Profile = Readonly<Record<string, unknown>>;

/** A profile in one line. */
export function profileLine(profile: Profile): string {
  const { name, model, protocol, deviceSecurityMode, encryptedConfiguration, predefined } = profile;
  return [
    name,
    `${shown(model)} ${shown(protocol)}`,
    deviceSecurityMode,
    ...(encryptedConfiguration === true ? ['encrypted files'] : []),
    ...(predefined === true ? ['predefined'] : []),
  ]
    .map(shown)
    .join('  ');
}

/** A profile in full, with what is to be warned of. */
export function profileText(profile: Profile): string {
  const { warnings, capfServers, createdAt, updatedAt, name, ...rest } = profile;
  const servers = Array.isArray(capfServers) && capfServers.length > 0 ? capfServers.join(', ') : 'those of the site';
  const fields = { ...rest, capfServers: servers, updatedAt };
  const lines = Object.entries(fields).map(([field, value]) => `  ${field}: ${shown(value)}`);
  return [shown(name), ...lines, ...warningLines(warnings)].join('\n').concat('\n');
}

/** What an answer warns of, a line each. */
export function warningLines(warnings: unknown): readonly string[] {
  return itemsOf({ items: warnings }).map(({ code, message }) => `warning: ${shown(message)} (${shown(code)})`);
}
