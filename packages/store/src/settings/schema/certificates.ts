import { choice, integer, matching, nameAttribute } from '../kinds.js';
import { setting } from './setting.js';

/** What stands in the certificates that are issued. */
export const certificateSettings = {
  subjectOrganization: setting({
    name: 'OPENCAPF_SUBJECT_O',
    scope: 'bootstrap',
    kind: nameAttribute(64),
    unset: 'left out',
    help: 'Organization (O) in the CAPF certificate made at the first start, and in the LSCs that it issues.',
  }),
  subjectOrganizationalUnit: setting({
    name: 'OPENCAPF_SUBJECT_OU',
    scope: 'bootstrap',
    kind: nameAttribute(64),
    unset: 'left out',
    help: 'Organizational unit (OU), likewise.',
  }),
  subjectLocality: setting({
    name: 'OPENCAPF_SUBJECT_L',
    scope: 'bootstrap',
    kind: nameAttribute(128),
    unset: 'left out',
    help: 'Locality (L), likewise.',
  }),
  subjectState: setting({
    name: 'OPENCAPF_SUBJECT_ST',
    scope: 'bootstrap',
    kind: nameAttribute(128),
    unset: 'left out',
    help: 'State or province (ST), likewise.',
  }),
  subjectCountry: setting({
    name: 'OPENCAPF_SUBJECT_C',
    scope: 'bootstrap',
    kind: matching(/^[A-Z]{2}$/, 'two capital letters (ISO 3166)'),
    unset: 'left out',
    help: 'Country (C), likewise.',
  }),
  lscValidityDays: setting({
    name: 'OPENCAPF_LSC_VALIDITY_DAYS',
    scope: 'stored',
    kind: integer(1, 1825, 'days'),
    default: 365,
    help: 'How long an LSC is valid (Duration Of Certificate Validity); never past the end of its issuer.',
  }),
  ecKeyUsage: setting({
    name: 'OPENCAPF_EC_KEY_USAGE',
    scope: 'stored',
    kind: choice('standard', 'cisco'),
    default: 'standard',
    help: 'Key usage of LSCs for EC keys: standard is digitalSignature and keyAgreement; cisco adds keyEncipherment, as daemons in use with phones do.',
  }),
} as const;
