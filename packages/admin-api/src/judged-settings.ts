import type { PhoneStanding, StandingProfile } from '@opencapf/store';
import { type AskedOfPhone, type Finding, judge, profileFits } from '@opencapf/tftp';
import { AdminApiError } from './errors.js';

/** Something that was done all the same, and that somebody should look at. */
export interface SettingWarning {
  readonly code: string;
  readonly message: string;
}

/**
 * Refuses what must not be, and returns what is to be warned of.
 *
 * @param force - whether what is not known to work is done all the same
 * @throws AdminApiError `combination-refused`, `combination-unless-forced`
 */
export function accept(findings: readonly Finding[], force: boolean): SettingWarning[] {
  const refusal = findings.find(({ weight }) => weight === 'refusal');
  if (refusal !== undefined) throw new AdminApiError('combination-refused', `${refusal.code}: ${refusal.message}`);
  const inability = findings.find(({ weight }) => weight === 'inability');
  if (inability !== undefined && !force) {
    throw new AdminApiError('combination-unless-forced', `${inability.code}: ${inability.message}`);
  }
  return findings.map(({ code, message }) => ({ code, message }));
}

/** What a profile asks of phones, judged by itself. */
export function judgeProfile(profile: Omit<StandingProfile, 'name'>): readonly Finding[] {
  const { encryptedConfiguration, ...asked } = profile;
  return judge({ ...asked, encrypted: encryptedConfiguration === true });
}

/** What is asked of a phone together: by an operation, else by its profile, else by nobody. */
const usual = {
  deviceSecurityMode: 'nonSecure',
  excludeDigestCredentials: false,
  authenticationMode: 'nullString',
  keyOrder: 'rsaOnly',
  rsaKeySize: 2048,
} as const;

/** Judges what is asked of a phone by its profile and itself, and by what an operation says otherwise. */
export function judgePhone(
  standing: PhoneStanding,
  operation: Partial<Pick<AskedOfPhone, 'authenticationMode' | 'keyOrder' | 'rsaKeySize'>> = {},
): readonly Finding[] {
  const { model, protocol, profile } = standing;
  const { deviceSecurityMode, excludeDigestCredentials, authenticationMode, keyOrder, rsaKeySize } = profile ?? usual;
  return judge({
    ...{ model, protocol, deviceSecurityMode, excludeDigestCredentials, authenticationMode, keyOrder, rsaKeySize },
    ...operation,
    encrypted: standing.encryptedConfiguration ?? profile?.encryptedConfiguration ?? false,
    phone: standing,
  });
}

/** @throws AdminApiError `security-profile-other-model` */
export function requireFittingProfile(
  { model, protocol, profile }: Pick<PhoneStanding, 'model' | 'protocol' | 'profile'>,
  force: boolean,
): void {
  if (profile === null || force || profileFits(profile, { model, protocol })) return;
  const of = [profile.model, profile.protocol].filter((part) => part !== null).join(' ');
  throw new AdminApiError('security-profile-other-model', `"${profile.name}" is for ${of}`);
}
