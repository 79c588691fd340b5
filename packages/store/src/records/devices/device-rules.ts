import type { PhoneStanding, StandingProfile } from '../profiles/phone-standing.js';

/** What an administrator's words about a device are held to. */
export interface DeviceRules {
  /** Throws what stands against them, and nothing is changed. Nobody changes a profile before it is done. */
  readonly judge?: ((standing: DeviceStanding) => void) | undefined;
  /** Whether two names mean one model. */
  readonly isSameModel: (one: string, other: string) => boolean;
}

/** A device that is to change. */
export interface DeviceStanding {
  /** Undefined: it was made just now. */
  readonly before: PhoneStanding | undefined;
  /** What it is given; undefined: it keeps what it has. */
  readonly profile: StandingProfile | null | undefined;
}
