import { integer } from '../kinds.js';
import { setting } from './setting.js';

/** What connections and sessions may cost. */
export const boundSettings = {
  sessions: setting({
    name: 'OPENCAPF_SESSIONS',
    scope: 'stored',
    kind: integer(1, 1_000_000),
    default: 20_000,
    help: 'How many phones that have authenticated a process serves at once; those that come on top are hung up on and try again.',
  }),
  sessionsPerAddress: setting({
    name: 'OPENCAPF_SESSIONS_PER_ADDRESS',
    scope: 'stored',
    kind: integer(1, 1_000_000),
    default: 10_000,
    help: 'The same for one IPv4 address or one /64 of IPv6; not for loopback and OPENCAPF_TRUSTED_PROXIES.',
  }),
  unauthenticated: setting({
    name: 'OPENCAPF_UNAUTHENTICATED',
    scope: 'stored',
    kind: integer(1, 1_000_000),
    default: 8_000,
    help: 'How many connections a process holds that have not authenticated. When it is reached, the oldest of them makes room.',
  }),
  unauthenticatedPerAddress: setting({
    name: 'OPENCAPF_UNAUTHENTICATED_PER_ADDRESS',
    scope: 'stored',
    kind: integer(1, 1_000_000),
    default: 2_000,
    help: 'The same for one IPv4 address or one /64 of IPv6; not for loopback and OPENCAPF_TRUSTED_PROXIES.',
  }),
  unauthenticatedPerProxy: setting({
    name: 'OPENCAPF_UNAUTHENTICATED_PER_PROXY',
    scope: 'stored',
    kind: integer(1, 1_000_000),
    unset: 'no bound',
    help: 'The same for one address of loopback or OPENCAPF_TRUSTED_PROXIES.',
  }),
  bytesBeforeAuthentication: setting({
    name: 'OPENCAPF_BYTES_BEFORE_AUTHENTICATION',
    scope: 'stored',
    kind: integer(8_192, 1_048_576, 'bytes'),
    default: 32_768,
    help: 'How much a phone may send before it has authenticated; what real ones send is below 8 KB.',
  }),
  messagesPerSession: setting({
    name: 'OPENCAPF_MESSAGES_PER_SESSION',
    scope: 'stored',
    kind: integer(8, 1000),
    default: 32,
    help: 'How many messages a phone may send in a session, REQUEST_IN_PROGRESS apart.',
  }),
  requestsInProgressPerMinute: setting({
    name: 'OPENCAPF_REQUESTS_IN_PROGRESS_PER_MINUTE',
    scope: 'stored',
    kind: integer(10, 60_000),
    default: 6_000,
    help: 'How often a phone may say REQUEST_IN_PROGRESS while it makes its key.',
  }),
  keepAlive: setting({
    name: 'OPENCAPF_KEEP_ALIVE',
    scope: 'stored',
    kind: integer(5, 60, 'minutes'),
    default: 15,
    help: 'How often a silent connection of a phone is probed, so that firewalls between keep it (TCP keep-alive).',
  }),
} as const;
