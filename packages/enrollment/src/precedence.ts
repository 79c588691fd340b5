import type { OpenOperation, ProvenIdentity } from '@opencapf/store';
import type { IdentityProof, ProvenCertificate } from './identity-proof.js';
import { ProofRefused } from './session-ends.js';
import { seenCertificate } from './shown-certificate.js';

/** What an administrator should know of a proof that was accepted all the same. */
export const proofWarnings = {
  'lsc-gone': 'The phone showed its MIC although an LSC is on record: the LSC is noted as gone from the phone.',
  'lsc-instead-of-mic': 'The phone showed its LSC although its MIC was to come first.',
  'expired-accepted': 'The certificate or its issuer is past its date, which is allowed for this issuer.',
} as const;

/** The closed union of the codes of {@link proofWarnings}. */
export type ProofWarning = keyof typeof proofWarnings;

/** Which certificate the phone was to show first. */
export type Precedence = Extract<OpenOperation['authenticationMode'], `existingCertificate${string}`>;

/** A proof that is accepted. */
export interface Acceptance {
  readonly warnings: readonly ProofWarning[];
  /** Whether the phone has shown that it has not the LSC on record. */
  readonly lscGone: boolean;
}

/**
 * Whether a proof by this certificate is accepted by a precedence. It follows what is in the phone
 * (security-guide-extracts.md, "CAPF Settings"): with LSC first, a MIC says that the phone has no LSC; with MIC first it
 * says nothing about the LSC.
 *
 * @param strict - Refuses what does not go with what is on record, until an administrator resolves it.
 * @throws ProofRefused `precedence-refused`
 */
export function weighPrecedence(precedence: Precedence, proof: IdentityProof, strict: boolean): Acceptance {
  const { own, sudi } = proof;
  const expired = lenienceIn(proof);
  if (precedence === 'existingCertificateMicFirst') {
    if (own.standing === 'mic') return { warnings: expired, lscGone: false };
    if (strict) throw refused(proofWarnings['lsc-instead-of-mic']);
    return { warnings: [...expired, 'lsc-instead-of-mic'], lscGone: false };
  }
  if (own.standing !== 'mic' || own.record.lsc === undefined) return { warnings: expired, lscGone: false };
  if (strict)
    throw refused('The phone showed its MIC although an LSC is on record. If it has lost it, say so (forget-lsc).');
  // A SUDI proof by the LSC shows that it is there.
  return own.record.lscGone || (sudi !== undefined && sudi.standing !== 'mic')
    ? { warnings: expired, lscGone: false }
    : { warnings: [...expired, 'lsc-gone'], lscGone: true };
}

/** What was let pass in a proof, whatever it was shown for. */
export function lenienceIn({ own, sudi }: IdentityProof): readonly ProofWarning[] {
  return own.expired || sudi?.expired ? ['expired-accepted'] : [];
}

/** What an accepted proof leaves on record. */
export function provenIdentity({ own, sudi }: IdentityProof, accepted: Acceptance, moment: Date): ProvenIdentity {
  const certificates = sudi === undefined || sudi === own ? [own] : [own, sudi];
  const mic = certificates.find(({ standing }) => standing === 'mic');
  return {
    shown: certificates.map(({ certificate }) => certificate.der),
    mic: mic && seenCertificate(mic, 'presented'),
    expectedLsc: own.record.lsc,
    installed: certificates.find(({ standing }) => standing === 'acknowledgementLost')?.record.asked?.id,
    lscGone: accepted.lscGone,
    sudi: sudi !== undefined,
    warnings: accepted.warnings,
    moment,
  };
}

/** Who proved itself and how, for the record of the session. */
export function describeProof({ own, sudi }: IdentityProof, warnings: readonly ProofWarning[]): string {
  const by = `The phone proved itself by ${named(own)}`;
  const presence =
    sudi === undefined ? 'without SUDI' : sudi === own ? 'with SUDI by the same' : `with SUDI by ${named(sudi)}`;
  return [`${by}, ${presence}.`, ...warnings.map((warning) => proofWarnings[warning])].join(' ');
}

const names = {
  onRecord: 'the LSC on record',
  acknowledgementLost: 'an LSC whose acknowledgement was lost and which is installed',
  foreign: 'an LSC of another cluster',
  mic: 'its MIC',
} as const;

function named({ standing, certificate }: ProvenCertificate): string {
  return `${names[standing]} (${certificate.subject}, serial ${certificate.serial})`;
}

function refused(words: string): ProofRefused {
  return new ProofRefused('precedence-refused', words);
}
