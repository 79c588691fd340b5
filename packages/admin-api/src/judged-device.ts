import {
  type DeviceSettings,
  type DeviceStanding,
  type PhoneStanding,
  type StandingProfile,
  withoutUndefined,
} from '@opencapf/store';
import { type FileServing, profileFits } from '@opencapf/tftp';
import { AdminApiError } from './errors.js';
import { accept, judgePhone, type SettingWarning } from './judged-settings.js';

/** Settings that bear on each other. */
const judgedFields = ['model', 'protocol', 'securityProfile', 'encryptedConfiguration', 'capfSettings'] as const;

/** What is given of {@link judgedFields}. */
type JudgedSettings = Pick<DeviceSettings, (typeof judgedFields)[number]>;

const newPhone: PhoneStanding = {
  model: null,
  protocol: null,
  encryptedConfiguration: null,
  hasLsc: false,
  hasCertificate: false,
  hasEcKey: false,
  awaitsEcKey: false,
  hasSymmetricKey: false,
  hasConfiguration: false,
  profile: null,
};

/** Whether there is anything to judge in what is given. */
export function isJudged(given: JudgedSettings): boolean {
  return judgedFields.some((field) => given[field] !== undefined);
}

/**
 * Judges a device as it is to be.
 *
 * @returns what is to be warned of
 * @throws AdminApiError `security-profile-other-model`, `combination-refused`, `combination-unless-forced`
 */
export function judgeDevice(
  { before, profile }: DeviceStanding,
  given: JudgedSettings,
  serving: FileServing,
  force: boolean,
): readonly SettingWarning[] {
  const { model, protocol, encryptedConfiguration, capfSettings } = given;
  const after: PhoneStanding = {
    ...(before ?? newPhone),
    ...withoutUndefined({ model, protocol, encryptedConfiguration, profile }),
  };
  // What was forced for another model says nothing of this one.
  const stood = before !== undefined && isSameKind(before, after) ? before : undefined;
  if (!force && !(stood !== undefined && isMisfit(stood) && stood.profile?.name === after.profile?.name)) {
    requireFit(after);
  }
  const findings = judgePhone(after, serving, withoutUndefined(capfSettings ?? {}));
  return accept(findings, { force, before: stood === undefined ? [] : judgePhone(stood, serving) });
}

/** Whether model and protocol are the same, so that what was found of one was found of the other. */
export function isSameKind(
  one: Pick<PhoneStanding, 'model' | 'protocol'>,
  other: Pick<PhoneStanding, 'model' | 'protocol'>,
): boolean {
  return one.model === other.model && one.protocol === other.protocol;
}

function isMisfit({ model, protocol, profile }: PhoneStanding): boolean {
  return profile !== null && !profileFits(profile, { model, protocol });
}

function requireFit(standing: PhoneStanding & { readonly profile: StandingProfile | null }): void {
  const { profile } = standing;
  if (profile === null || !isMisfit(standing)) return;
  const of = [profile.model, profile.protocol].filter((part) => part !== null).join(' ');
  throw new AdminApiError('security-profile-other-model', `"${profile.name}" is for ${of}`);
}
