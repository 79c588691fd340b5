import { host, onOff, port } from '../kinds.js';
import { setting } from './setting.js';

/** Serving the phones' configuration files. */
export const configurationFileSettings = {
  tftp: setting({
    name: 'OPENCAPF_TFTP',
    scope: 'bootstrap',
    kind: onOff(),
    default: false,
    reserved: true,
    help: "Build and serve the phones' files.",
  }),
  tftpHost: setting({
    name: 'OPENCAPF_TFTP_HOST',
    scope: 'bootstrap',
    kind: host(),
    unset: ':: (0.0.0.0 where IPv6 is absent)',
    reserved: true,
    help: "Address where the phones' files are served.",
  }),
  tftpPort: setting({
    name: 'OPENCAPF_TFTP_PORT',
    scope: 'bootstrap',
    kind: port(),
    default: 69,
    reserved: true,
    help: 'UDP port of the TFTP server.',
  }),
  tftpHttpPort: setting({
    name: 'OPENCAPF_TFTP_HTTP_PORT',
    scope: 'bootstrap',
    kind: port(),
    default: 6970,
    reserved: true,
    help: "TCP port where the phones' files are served over HTTP.",
  }),
} as const;
