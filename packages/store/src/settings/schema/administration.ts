import { host, matching, onOff, port } from '../kinds.js';
import { setting } from './setting.js';

/** Where administrators connect, and the token that is given by the environment. */
export const administrationSettings = {
  adminHost: setting({
    name: 'OPENCAPF_ADMIN_HOST',
    scope: 'bootstrap',
    kind: host(),
    default: '127.0.0.1',
    help: 'Address of the admin API and pages.',
  }),
  adminPort: setting({
    name: 'OPENCAPF_ADMIN_PORT',
    scope: 'bootstrap',
    kind: port(),
    default: 8443,
    help: 'Port of the admin API and pages.',
  }),
  adminTls: setting({
    name: 'OPENCAPF_ADMIN_TLS',
    scope: 'bootstrap',
    kind: matching(/^(auto|off|[^,\0]+,[^,\0]+)$/, 'auto, off, or the paths CERTIFICATE,KEY of two PEM files'),
    default: 'auto',
    help: 'TLS of the admin API: auto (a certificate issued by the CAPF certificate at each start), off (plain HTTP, on a loopback address only), or two PEM files, certificate chain and key, separated by a comma.',
  }),
  adminToken: setting({
    name: 'OPENCAPF_ADMIN_TOKEN',
    scope: 'bootstrap',
    kind: matching(/^[\x21-\x7e]{16,512}$/, '16 to 512 printable characters without blanks'),
    unset: 'generated, and shown once, at the first start',
    secret: true,
    help: "An administrator's token, valid as long as it is set.",
  }),
  metricsToken: setting({
    name: 'OPENCAPF_METRICS_TOKEN',
    scope: 'stored',
    kind: onOff(),
    default: true,
    help: 'Whether /metrics asks for a token, of a viewer at least; off: whoever reaches the admin listener may read it.',
  }),
} as const;
