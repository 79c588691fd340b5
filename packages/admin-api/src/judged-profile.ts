import type { AlikePhones, ProfileChangeStanding, SecurityProfileSettings } from '@opencapf/store';
import { type FileServing, type Finding, profileFits } from '@opencapf/tftp';
import { AdminApiError } from './errors.js';
import { isSameKind } from './judged-device.js';
import { accept, judgePhone, judgeProfile, type SettingWarning } from './judged-settings.js';

/**
 * Judges a profile as it is to be, by itself and for each of its phones.
 *
 * @returns what is to be warned of: of the profile, and what its phones are not known to do
 * @throws AdminApiError `security-profile-other-model`, `combination-refused`, `combination-unless-forced`
 */
export function judgeProfileChange(
  { before, after, phones }: ProfileChangeStanding,
  serving: FileServing,
  force: boolean,
): readonly SettingWarning[] {
  const stands = isSameKind(before, after) ? judgeProfile(before, serving) : [];
  const own = accept(judgeProfile(after, serving), { force, before: stands });
  const ofPhones = phones.flatMap((phone) => {
    if (!force && !profileFits(after, phone) && profileFits(before, phone)) {
      throw new AdminApiError('security-profile-other-model', `${named(phone)}, which has this profile`);
    }
    const [found, stood] = [after, before].map((profile) => weighty(phone, before.name, profile, serving));
    return accept(found ?? [], { force, before: stood ?? [], device: named(phone) });
  });
  const codes = new Set<string>();
  return [...own, ...ofPhones].filter(({ code }) => !codes.has(code) && codes.add(code));
}

/** What is found of phones, but for what is only warned of. */
function weighty(
  phone: AlikePhones,
  name: string,
  profile: SecurityProfileSettings,
  serving: FileServing,
): readonly Finding[] {
  const findings = judgePhone({ ...phone, profile: { ...profile, name } }, serving);
  return findings.filter(({ weight }) => weight !== 'warning');
}

function named({ name, devices }: AlikePhones): string {
  return devices === 1 ? name : `${name} and ${devices - 1} more`;
}
