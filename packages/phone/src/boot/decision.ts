import type { ProofCertificate } from '../proof.js';
import type { PhoneConfiguration } from './phone-configuration.js';

/** Why a phone goes to CAPF, of the reasons that a vendor's client knows (phone-behaviour.md, "Which session, and why"). */
export type CapfReason = 'manualSession' | 'publicKeyMismatch' | 'decryptionFailed';

/** What the phone shows for itself. */
export type CapfCredential =
  | { readonly by: 'authenticationString'; readonly authString: string }
  | { readonly by: 'nullString' }
  | { readonly by: 'existingCertificate'; readonly order: readonly ProofCertificate[] };

/** What the phone does next. */
export type BootDecision =
  | { readonly next: 'useConfiguration' }
  | { readonly next: 'fetchEncrypted' }
  | { readonly next: 'goToCapf'; readonly reason: CapfReason; readonly credential: CapfCredential }
  /** A user must enter the authentication string. */
  | { readonly next: 'awaitString' };

/** What a phone has when it decides. */
export interface BootFacts {
  /** MD5 over the DER of its LSC, or of its MIC when it has none; undefined without either. */
  readonly ownHash: string | undefined;
  /** What the user has entered. */
  readonly authString: string | undefined;
  /** The mode of a session that a power failure cut off. */
  readonly storedMode: number | undefined;
  /** Whether its configuration came over HTTPS, where the full one needs no encryption of its own. */
  readonly overHttps: boolean;
}

/** Decides as the table of phone-behaviour.md says. */
export function decide(
  configuration: PhoneConfiguration,
  { ownHash, authString, storedMode, overHttps }: BootFacts,
): BootDecision {
  const { fullConfig, encrConfig, certHash } = configuration;
  switch (storedMode ?? configuration.capfAuthMode) {
    case 1:
      return authString === undefined
        ? { next: 'awaitString' }
        : { next: 'goToCapf', reason: 'manualSession', credential: { by: 'authenticationString', authString } };
    case 2:
      return { next: 'goToCapf', reason: 'manualSession', credential: { by: 'nullString' } };
    case 3:
      return existing('lsc', 'mic');
    case 4:
      return existing('mic', 'lsc');
    default:
      if (fullConfig && !encrConfig) return { next: 'useConfiguration' };
      if (ownHash === undefined || ownHash !== certHash) return automatic('publicKeyMismatch', authString);
      if (fullConfig && overHttps) return { next: 'useConfiguration' };
      return encrConfig ? { next: 'fetchEncrypted' } : { next: 'useConfiguration' };
  }
}

/** With nothing queued a phone shows the string that a user has entered, else none. */
export function automatic(reason: CapfReason, authString: string | undefined): BootDecision {
  const credential: CapfCredential =
    authString === undefined ? { by: 'nullString' } : { by: 'authenticationString', authString };
  return { next: 'goToCapf', reason, credential };
}

function existing(...order: readonly ProofCertificate[]): BootDecision {
  return { next: 'goToCapf', reason: 'manualSession', credential: { by: 'existingCertificate', order } };
}
