import { isDeepStrictEqual } from 'node:util';
import type { Transaction } from 'kysely';
import type { Tables } from '../../database/tables.js';
import type { Author } from '../administration/author.js';
import { withoutUndefined } from '../without-undefined.js';
import { addProfile } from './profile-changes.js';
import { type CapfSettings, type SecurityProfileSettings, selectProfiles, usualProfile } from './security-profile.js';

/** The device whose CAPF settings change, as it is to be. */
export interface ProfiledDevice {
  readonly model: string | null;
  readonly protocol: 'SIP' | 'SCCP' | null;
  readonly securityProfile: string | null;
}

const longestName = 100;

/**
 * The profile of a device whose CAPF settings are changed on the device: the one that says so for its model and protocol and is
 * otherwise as the profile before, else one that is made (security-guide-extracts.md, "Phone Security Profile Setup Prerequisites").
 *
 * @param isSameModel - whether two names mean one model
 * @returns its name, which nobody changes or deletes: the caller works on the subject `security-profiles` alone
 */
export async function profileWithCapfSettings(
  queries: Transaction<Tables>,
  device: ProfiledDevice,
  change: { readonly [Field in keyof CapfSettings]?: CapfSettings[Field] | undefined },
  isSameModel: (one: string, other: string) => boolean,
  author: Author,
): Promise<string> {
  const current =
    device.securityProfile === null
      ? undefined
      : await selectProfiles(queries).where('p.name', '=', device.securityProfile).executeTakeFirst();
  const before = current ?? { ...usualProfile, name: nameFor(device) };
  const given = withoutUndefined(change);
  const wanted = { ...before, ...given, model: device.model, protocol: device.protocol };
  if (current !== undefined && isSame(current, { ...current, ...given })) return current.name;
  const candidates = await selectProfiles(queries)
    .where('p.model', device.model === null ? 'is' : 'is not', null)
    .where('p.protocol', 'is not distinct from', device.protocol)
    .orderBy('p.name')
    .execute();
  const suiting = candidates.filter((candidate) => isSame(candidate, wanted));
  const matching =
    suiting.find(({ model }) => model === device.model) ??
    suiting.find(({ model }) => model !== null && isSameModel(model, device.model ?? ''));
  if (matching !== undefined) return matching.name;
  const { description, model, protocol, deviceSecurityMode, encryptedConfiguration, ...rest } = wanted;
  const { excludeDigestCredentials, authenticationMode, keyOrder, rsaKeySize, ecKeySize } = rest;
  const settings: SecurityProfileSettings = {
    ...{ description, model, protocol, deviceSecurityMode, encryptedConfiguration, excludeDigestCredentials },
    ...{ authenticationMode, keyOrder, rsaKeySize, ecKeySize },
    certificateIssuer: rest.certificateIssuer,
    capfServers: rest.capfServers,
  };
  for (let number = 1, made = settings; ; ) {
    const name = madeName(before.name, settings, number);
    const outcome = await addProfile(queries, name, made, author);
    if (outcome === 'created') return name;
    if (outcome === 'nameTaken') number += 1;
    // The authority of the profile before was retired meanwhile: a new profile names none that signs no more.
    else made = { ...settings, certificateIssuer: null };
  }
}

/** Whether two say the same to phones. */
function isSame(one: SecurityProfileSettings, other: SecurityProfileSettings): boolean {
  return isDeepStrictEqual(what(one), what(other));
}

function what(settings: SecurityProfileSettings): readonly unknown[] {
  const { deviceSecurityMode, encryptedConfiguration, excludeDigestCredentials, certificateIssuer, capfServers } =
    settings;
  const { authenticationMode, keyOrder, rsaKeySize, ecKeySize } = settings;
  return [
    ...[deviceSecurityMode, encryptedConfiguration, excludeDigestCredentials, certificateIssuer, capfServers],
    // The size of a key that is not made does not matter.
    ...[
      authenticationMode,
      keyOrder,
      keyOrder === 'ecOnly' ? null : rsaKeySize,
      keyOrder === 'rsaOnly' ? null : ecKeySize,
    ],
  ];
}

function nameFor({ model, protocol }: ProfiledDevice): string {
  return [model ?? 'Universal Device Template', ...(protocol === null ? [] : [protocol])].join(' - ');
}

const modeWords: Readonly<Record<CapfSettings['authenticationMode'], string>> = {
  authenticationString: 'By Authentication String',
  nullString: 'By Null String',
  existingCertificateLscFirst: 'By Existing Certificate (Precedence to LSC)',
  existingCertificateMicFirst: 'By Existing Certificate (Precedence to MIC)',
};

/** The source documents append the key: EC-256. */
function madeName(
  base: string,
  { authenticationMode, keyOrder, rsaKeySize, ecKeySize }: CapfSettings,
  number: number,
): string {
  const keys = {
    rsaOnly: `RSA-${rsaKeySize}`,
    ecOnly: `EC-${ecKeySize}`,
    ecPreferred: `EC-${ecKeySize}-RSA-${rsaKeySize}`,
  };
  const end = ` - ${modeWords[authenticationMode]} ${keys[keyOrder]}${number === 1 ? '' : ` (${number})`}`;
  const plain = base.replace(
    / - By (?:Authentication String|Null String|Existing Certificate \(Precedence to (?:LSC|MIC)\)) (?:RSA|EC)-\d[^ ]*(?: \(\d+\))?$/,
    '',
  );
  return `${plain.slice(0, longestName - end.length)}${end}`;
}
