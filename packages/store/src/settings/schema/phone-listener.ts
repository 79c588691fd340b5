import { choice, host, list, networks, onOff, port } from '../kinds.js';
import { setting } from './setting.js';

/** Where phones connect, and with what TLS. */
export const phoneListenerSettings = {
  capfHost: setting({
    name: 'OPENCAPF_CAPF_HOST',
    scope: 'bootstrap',
    kind: host(),
    unset: ':: (0.0.0.0 where IPv6 is absent)',
    help: "Address of the phones' TLS listener.",
  }),
  capfPort: setting({
    name: 'OPENCAPF_CAPF_PORT',
    scope: 'bootstrap',
    kind: port(),
    default: 3804,
    help: "Port of the phones' TLS listener.",
  }),
  capfLegacyPort: setting({
    name: 'OPENCAPF_CAPF_LEGACY_PORT',
    scope: 'bootstrap',
    kind: port(),
    unset: 'no second listener',
    help: 'Port of a second listener for phones that speak TLS 1.0 or 1.1 only, so that the first can stay strict.',
  }),
  capfServers: setting({
    name: 'OPENCAPF_CAPF_SERVERS',
    scope: 'stored',
    kind: list(/^(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(:\d{1,5})?$/, 5, 'up to five host[:port], separated by commas'),
    unset: "the configuration file's own list",
    help: 'CAPF servers that phones can reach, written into capfList of the configuration files.',
  }),
  ipMode: setting({
    name: 'OPENCAPF_IP_MODE',
    scope: 'stored',
    kind: choice('both', 'ipv4', 'ipv6'),
    default: 'both',
    help: 'Which phones are served by the address that they come from: both, ipv4 or ipv6. Connections of the other kind are closed at once. IPv4 wrapped in IPv6 counts as IPv4.',
  }),
  tlsMinVersion: setting({
    name: 'OPENCAPF_TLS_MIN_VERSION',
    scope: 'stored',
    kind: choice('TLSv1', 'TLSv1.1', 'TLSv1.2'),
    default: 'TLSv1.2',
    help: "Oldest TLS version on the phones' listener.",
  }),
  proxyProtocol: setting({
    name: 'OPENCAPF_PROXY_PROTOCOL',
    scope: 'bootstrap',
    kind: onOff(),
    default: false,
    help: "Whether connections of OPENCAPF_TRUSTED_PROXIES to the phones' listeners begin with a header of PROXY protocol v2, which gives the phone's address; one that does not is closed. Others are served as they come.",
  }),
  trustedProxies: setting({
    name: 'OPENCAPF_TRUSTED_PROXIES',
    scope: 'bootstrap',
    kind: networks(100),
    unset: 'none',
    help: "Balancers whose word about a phone's address is taken with OPENCAPF_PROXY_PROTOCOL, and for which, as for loopback, bounds for one address do not hold.",
  }),
} as const;
