import { integer } from '../kinds.js';
import { setting } from './setting.js';

/** How long a phone may take for each step, and a stopping service for the phones that are left. */
export const deadlineSettings = {
  handshakeTimeout: setting({
    name: 'OPENCAPF_HANDSHAKE_TIMEOUT',
    scope: 'stored',
    kind: integer(1, 600, 'seconds'),
    default: 10,
    help: 'How long a TLS handshake of a phone may take.',
  }),
  authenticationTimeout: setting({
    name: 'OPENCAPF_AUTHENTICATION_TIMEOUT',
    scope: 'stored',
    kind: integer(1, 600, 'seconds'),
    default: 30,
    help: 'How long a phone may take to answer AUTH_REQUEST.',
  }),
  keyGenerationTimeout: setting({
    name: 'OPENCAPF_KEY_GENERATION_TIMEOUT',
    scope: 'stored',
    kind: integer(10, 86_400, 'seconds'),
    default: 3600,
    help: 'How long a phone may take to make its key; old models need half an hour.',
  }),
  storeTimeout: setting({
    name: 'OPENCAPF_STORE_TIMEOUT',
    scope: 'stored',
    kind: integer(1, 3600, 'seconds'),
    default: 300,
    help: 'How long a phone may take to store the certificate that it was sent.',
  }),
  fetchTimeout: setting({
    name: 'OPENCAPF_FETCH_TIMEOUT',
    scope: 'stored',
    kind: integer(1, 3600, 'seconds'),
    default: 60,
    help: 'How long a phone may take to show its certificate.',
  }),
  deleteTimeout: setting({
    name: 'OPENCAPF_DELETE_TIMEOUT',
    scope: 'stored',
    kind: integer(1, 3600, 'seconds'),
    default: 300,
    help: 'How long a phone may take to delete its certificate.',
  }),
  drainTimeout: setting({
    name: 'OPENCAPF_DRAIN_TIMEOUT',
    scope: 'bootstrap',
    kind: integer(0, 600, 'seconds'),
    default: 5,
    help: 'How long a stopping service lets sessions under way finish.',
  }),
} as const;
