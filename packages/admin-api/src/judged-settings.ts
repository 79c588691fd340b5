import type { PhoneStanding, StandingProfile } from '@opencapf/store';
import { type AskedOfPhone, type FileServing, type Finding, judge } from '@opencapf/tftp';
import { AdminApiError } from './errors.js';

/** Something that was done all the same, and that somebody should look at. */
export interface SettingWarning {
  readonly code: string;
  readonly message: string;
}

/** What bears on whether findings are accepted. */
interface Acceptance {
  /** Whether what is not known to work is done all the same. */
  readonly force: boolean;
  /** What was found before the change: it is told, and not refused once more. */
  readonly before?: readonly Finding[];
  /** A device that it is found of. */
  readonly device?: string;
}

/**
 * Refuses what must not be, and returns what is to be warned of.
 *
 * @throws AdminApiError `combination-refused`, `combination-unless-forced`
 */
export function accept(findings: readonly Finding[], { force, before = [], device }: Acceptance): SettingWarning[] {
  const words = ({ code, message }: Finding): string =>
    [code, ...(device === undefined ? [] : [device]), message].join(': ');
  const refusal = findings.find(({ weight }) => weight === 'refusal');
  if (refusal !== undefined) throw new AdminApiError('combination-refused', words(refusal));
  const stood = new Set(before.map(({ code }) => code));
  const inability = findings.find(({ weight, code }) => weight === 'inability' && !stood.has(code));
  if (inability !== undefined && !force) throw new AdminApiError('combination-unless-forced', words(inability));
  return findings.map(({ code, message }) => ({ code, message }));
}

/** What a profile asks of phones, judged by itself. */
export function judgeProfile(profile: Omit<StandingProfile, 'name'>, serving: FileServing): readonly Finding[] {
  const { encryptedConfiguration, ...asked } = profile;
  return judge({ ...asked, encrypted: encryptedConfiguration === true }, serving);
}

/** What is asked of a phone together: by an operation, else by its profile, else by nobody. */
const usual = {
  deviceSecurityMode: 'nonSecure',
  excludeDigestCredentials: false,
  authenticationMode: 'nullString',
  keyOrder: 'rsaOnly',
  rsaKeySize: 2048,
} as const;

type CapfOfPhone = Partial<Pick<AskedOfPhone, 'authenticationMode' | 'keyOrder' | 'rsaKeySize'>>;

/** Judges an operation for a phone, whose key and open operation it takes the place of. */
export function judgeOperation(
  standing: PhoneStanding,
  serving: FileServing,
  operation: CapfOfPhone,
): readonly Finding[] {
  return judgePhone({ ...standing, hasEcKey: false, awaitsEcKey: false }, serving, operation);
}

/** Judges what is asked of a phone by its profile and itself. @param capf - what is to take the place of what its profile says */
export function judgePhone(standing: PhoneStanding, serving: FileServing, capf: CapfOfPhone = {}): readonly Finding[] {
  const { model, protocol, profile } = standing;
  const { deviceSecurityMode, excludeDigestCredentials, authenticationMode, keyOrder, rsaKeySize } = profile ?? usual;
  const asked = {
    ...{ model, protocol, deviceSecurityMode, excludeDigestCredentials, authenticationMode, keyOrder, rsaKeySize },
    ...capf,
    encrypted: standing.encryptedConfiguration ?? profile?.encryptedConfiguration ?? false,
    phone: standing,
  };
  return judge(asked, serving);
}
