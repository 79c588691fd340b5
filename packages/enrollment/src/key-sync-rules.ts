import type { CertificateOnRecord, KeyChange, KeyOnRecord, SeenCertificate } from '@opencapf/store';
import type { IdentityProof, ProvenCertificate } from './identity-proof.js';
import type { SessionOutcome } from './session-outcomes.js';
import { seenCertificate, type VerifiedCertificate } from './shown-certificate.js';

/** What follows for the record from what a phone shows with nothing queued. */
export interface KeySyncDecision {
  readonly outcome: SessionOutcome;
  /** For an administrator. */
  readonly words: string;
  /** Absent: nothing changes. */
  readonly change?: KeyChange;
  /** Whether a MIC was believed. */
  readonly mic?: true;
}

/** Nothing changes, and the administrator is told why. */
export function keyRefused(words: string): KeySyncDecision {
  return { outcome: 'key-refused', words };
}

/** The phone says that it has no LSC. */
export function decideOnNone({ lsc, lscGone }: KeyOnRecord): KeySyncDecision {
  if (lsc === undefined) return { outcome: 'key-confirmed', words: 'The phone has no LSC, and none is on record.' };
  if (lscGone) return { outcome: 'key-confirmed', words: 'The LSC is still gone from the phone.' };
  return {
    outcome: 'lsc-gone',
    words: 'The phone says that it has no LSC although one is on record.',
    change: { change: 'lscGone' },
  };
}

/** An LSC on record for this device, shown without a proof. */
export function decideOnLsc(record: KeyOnRecord, asked: CertificateOnRecord, now: Date): KeySyncDecision {
  if (asked.revoked || record.askedRevoked) return keyRefused('The phone showed an LSC that is revoked.');
  if (asked.deleted) return keyRefused('The phone showed an LSC that is on record as deleted.');
  if (asked.superseded) return keyRefused('The phone showed an LSC that a newer one has superseded.');
  if (asked.notAfter <= now) return keyRefused('The phone showed an LSC that has expired.');
  if (asked.id === record.lsc) return showInstalled(record, asked.id);
  return asked.newest && !asked.installed
    ? installNewest(asked.id)
    : keyRefused('The phone showed an LSC that was never on record as installed and is not the newest.');
}

/**
 * A MIC that was verified. Shown to whoever asked without a type it says that the phone has no LSC, and so does one that a
 * phone proves itself with. One past its date is never believed without a proof.
 */
export function decideOnMic(
  record: KeyOnRecord,
  shown: VerifiedCertificate,
  origin: SeenCertificate['origin'],
): KeySyncDecision {
  if (origin === 'fetched' && shown.expired) return keyRefused('The phone showed a MIC that has expired.');
  const lscHere = record.lsc !== undefined && !record.lscGone;
  if (!lscHere && record.asked !== undefined && record.asked.id === record.mic && record.asked.id === record.shown) {
    return { outcome: 'key-confirmed', words: 'The phone showed the MIC on record.', mic: true };
  }
  return {
    outcome: lscHere ? 'lsc-gone' : 'key-recorded',
    words: lscHere
      ? 'The phone showed its MIC although an LSC is on record: that is noted as gone, and the MIC is shown.'
      : 'The phone showed its MIC, and has no LSC.',
    change: { change: 'showMic', seen: seenCertificate(shown, origin) },
    mic: true,
  };
}

/** The certificate of a proof that tells what the phone has: an LSC, if it proved that it holds one. */
export function tellingCertificate({ own, sudi }: IdentityProof): ProvenCertificate {
  return own.standing === 'mic' && sudi !== undefined && sudi.standing !== 'mic' ? sudi : own;
}

/** A certificate with which a phone has proved itself of its own accord. */
export function decideOnProof(own: ProvenCertificate, strict: boolean): KeySyncDecision {
  const { record, standing } = own;
  const { asked } = record;
  switch (standing) {
    case 'onRecord':
      return asked === undefined ? keyRefused('The LSC on record changed.') : showInstalled(record, asked.id);
    case 'acknowledgementLost':
      return asked === undefined ? keyRefused('The LSC on record changed.') : installNewest(asked.id);
    case 'foreign':
      return {
        outcome: 'key-recorded',
        words: 'The phone proved itself by an LSC of another cluster, which is on record now.',
        change: { change: 'installForeign', seen: seenCertificate(own, 'presented') },
      };
    case 'mic':
      return strict && record.lsc !== undefined
        ? keyRefused(
            'The phone proved itself by its MIC although an LSC is on record. If it has lost it, say so (forget-lsc).',
          )
        : decideOnMic(record, own, 'presented');
  }
}

function showInstalled({ shown, lscGone }: KeyOnRecord, lsc: number): KeySyncDecision {
  return lsc === shown && !lscGone
    ? { outcome: 'key-confirmed', words: 'The phone showed the LSC on record.' }
    : {
        outcome: 'key-recorded',
        words: 'The phone showed the LSC on record, which was noted as gone.',
        change: { change: 'showInstalled', certificate: lsc },
      };
}

function installNewest(lsc: number): KeySyncDecision {
  return {
    outcome: 'key-recorded',
    words: 'The phone showed an LSC whose acknowledgement was lost; it is installed.',
    change: { change: 'install', certificate: lsc },
  };
}
