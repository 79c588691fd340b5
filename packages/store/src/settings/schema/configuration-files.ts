import { choice, host, integer, onOff, path, port } from '../kinds.js';
import { setting } from './setting.js';

/** Serving the phones' configuration files. */
export const configurationFileSettings = {
  tftp: setting({
    name: 'OPENCAPF_TFTP',
    scope: 'bootstrap',
    kind: onOff(),
    default: false,
    help: "Build and serve the phones' files.",
  }),
  tftpHost: setting({
    name: 'OPENCAPF_TFTP_HOST',
    scope: 'bootstrap',
    kind: host(),
    unset: ':: (0.0.0.0 where IPv6 is absent)',
    help: "Address where the phones' files are served.",
  }),
  tftpPort: setting({
    name: 'OPENCAPF_TFTP_PORT',
    scope: 'bootstrap',
    kind: port(),
    default: 69,
    help: 'UDP port of the TFTP server.',
  }),
  tftpHttpPort: setting({
    name: 'OPENCAPF_TFTP_HTTP_PORT',
    scope: 'bootstrap',
    kind: port(),
    default: 6970,
    help: "TCP port where the phones' files are served over HTTP.",
  }),
  tftpHttpsPort: setting({
    name: 'OPENCAPF_TFTP_HTTPS_PORT',
    scope: 'bootstrap',
    kind: port(),
    unset: 'off; phones ask port 6971',
    help: "TCP port where the phones' files are served over HTTPS, unsigned, the full configuration to phones that show their LSC: how newer phones with an EC LSC get it while encryption is on. Needs OPENCAPF_TFTP=on and OPENCAPF_TFTP_LAYOUT=usecallmanager. Trust lists hold the server's certificate then. Give all nodes the same.",
  }),
  tftpFiles: setting({
    name: 'OPENCAPF_TFTP_FILES',
    scope: 'bootstrap',
    kind: path(),
    unset: 'none',
    help: 'Directory of further files for phones (ring lists, locales, firmware), served as they are, and signed where NAME.sgn is asked for. Nothing outside of it is served, whatever links there.',
  }),
  tftpCache: setting({
    name: 'OPENCAPF_TFTP_CACHE',
    scope: 'bootstrap',
    kind: integer(1, 65_536, 'MiB'),
    default: 128,
    help: 'Memory for files that were built, and as much again for those of OPENCAPF_TFTP_FILES. What has no room is built anew when it is asked for.',
  }),
  tftpLayout: setting({
    name: 'OPENCAPF_TFTP_LAYOUT',
    scope: 'stored',
    kind: choice('usecallmanager', 'cisco'),
    default: 'usecallmanager',
    help: 'Order of items in signed files and trust lists, and of elements in partial configurations: as the builders that are in use with real phones write them, or as the source documents show them. Give all nodes the same.',
  }),
  tftpHash: setting({
    name: 'OPENCAPF_TFTP_HASH',
    scope: 'stored',
    kind: choice('sha1', 'sha512'),
    default: 'sha1',
    help: "What phones' files are signed with, for all phones at once: those that do not know SHA-512 stop working with it. SHA-1 is used, and devices whose model is not known to take SHA-512 are listed at a start, until OPENCAPF_TFTP_HASH_CONFIRMED says that all phones do. Give all nodes the same.",
  }),
  tftpHashConfirmed: setting({
    name: 'OPENCAPF_TFTP_HASH_CONFIRMED',
    scope: 'stored',
    kind: onOff(),
    default: false,
    help: 'Whether all phones are known to take what OPENCAPF_TFTP_HASH says, also those of a model of which it is not known here.',
  }),
} as const;
