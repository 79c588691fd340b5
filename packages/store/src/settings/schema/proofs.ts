import { choice, oneNumberOf, onOff } from '../kinds.js';
import { setting } from './setting.js';

/** What a phone has to show that proves itself with a certificate. */
export const proofSettings = {
  minRsaKeySize: setting({
    name: 'OPENCAPF_MIN_RSA_KEY_SIZE',
    scope: 'stored',
    kind: oneNumberOf(512, 1024, 2048, 3072, 4096),
    default: 1024,
    help: 'Smallest RSA key in bits that a phone may have; 512 only for a site that must.',
  }),
  requireSudi: setting({
    name: 'OPENCAPF_REQUIRE_SUDI',
    scope: 'stored',
    kind: choice('never', 'whenAvailable', 'always'),
    default: 'whenAvailable',
    help: 'Whether a phone that proves itself with a certificate must show the SUDI proof too, which alone proves its presence: never (one that is shown is not checked, but must not name another device), whenAvailable (checked when shown, and demanded of a phone that has shown one before), always.',
  }),
  strictPrecedence: setting({
    name: 'OPENCAPF_STRICT_PRECEDENCE',
    scope: 'stored',
    kind: onOff(),
    default: false,
    help: 'Whether a phone is refused that proves itself by another certificate than goes with what is on record: by its MIC although it has an LSC, or by its LSC although the MIC is to come first.',
  }),
} as const;
