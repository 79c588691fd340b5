import { choice, integer, matching } from '../kinds.js';
import { setting } from './setting.js';

/** What a process is started with besides. */
export const processSettings = {
  secretKey: setting({
    name: 'OPENCAPF_SECRET_KEY',
    scope: 'bootstrap',
    kind: matching(/^[A-Za-z0-9+/]{43}=$/, '32 bytes in base64 (44 characters), as from: openssl rand -base64 32'),
    unset: 'secret.key in the data directory, made at the first start',
    secret: true,
    help: 'Key that encrypts authentication strings and private keys at rest. All nodes of one database share it.',
  }),
  logLevel: setting({
    name: 'OPENCAPF_LOG_LEVEL',
    scope: 'bootstrap',
    kind: choice('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    help: 'How much is logged, as JSON lines on standard error.',
  }),
  workers: setting({
    name: 'OPENCAPF_WORKERS',
    scope: 'bootstrap',
    kind: integer(1, 64),
    default: 1,
    help: 'Processes that share the listeners for phones; one beside them owns everything else.',
  }),
} as const;
