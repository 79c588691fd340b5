import { matching } from '../kinds.js';
import { setting } from './setting.js';

/** The command line's own. */
export const commandLineSettings = {
  newSecretKey: setting({
    name: 'OPENCAPF_NEW_SECRET_KEY',
    scope: 'client',
    kind: matching(/^[A-Za-z0-9+/]{43}=$/, '32 bytes in base64 (44 characters), as from: openssl rand -base64 32'),
    unset: 'none',
    secret: true,
    help: 'The key that "opencapf secrets rotate" puts in the place of OPENCAPF_SECRET_KEY.',
  }),
  server: setting({
    name: 'OPENCAPF_SERVER',
    scope: 'client',
    kind: matching(/^https?:\/\/\S+$/, 'a URL that begins with https:// (or http:// on loopback)'),
    default: 'https://127.0.0.1:8443',
    help: 'The service that the command line talks to.',
  }),
  token: setting({
    name: 'OPENCAPF_TOKEN',
    scope: 'client',
    kind: matching(/^[\x21-\x7e]{16,512}$/, '16 to 512 printable characters without blanks'),
    unset: 'none',
    secret: true,
    help: 'The token that the command line shows to the service.',
  }),
} as const;
