import { matching, path } from '../kinds.js';
import { setting } from './setting.js';

/** Where a node keeps what it must not lose, and finds what it is given. */
export const storageSettings = {
  dataDir: setting({
    name: 'OPENCAPF_DATA_DIR',
    scope: 'bootstrap',
    kind: path(),
    default: './data',
    help: 'Directory for the embedded database, the secret key and generated files. The default is below the repository for npm start and below the working directory for opencapf serve.',
  }),
  capfTrustDir: setting({
    name: 'OPENCAPF_CAPF_TRUST_DIR',
    scope: 'bootstrap',
    kind: path(),
    default: './certs/capf-trust',
    help: 'Directory with certificates for the CAPF trust store (CAPF-trust): files *.pem, *.crt, *.der and *.p7b are read at each start. The default is below the repository for npm start and below the working directory for opencapf serve.',
  }),
  databaseUrl: setting({
    name: 'DATABASE_URL',
    scope: 'bootstrap',
    kind: matching(/^postgres(ql)?:\/\/\S+$/, 'a URL that begins with postgres://'),
    unset: 'the embedded PostgreSQL',
    secret: true,
    help: 'PostgreSQL 15 or newer to use instead of the embedded one.',
  }),
} as const;
