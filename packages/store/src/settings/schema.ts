import {
  choice,
  host,
  integer,
  list,
  matching,
  nameAttribute,
  networks,
  oneNumberOf,
  onOff,
  path,
  port,
  type SettingKind,
} from './kinds.js';

/**
 * Where a setting lives. `bootstrap`: only the environment or the file, needed before Postgres is reached or different on
 * each node. `stored`: Postgres, the same for every node, overridden by the environment. `client`: the command line's own.
 */
export type SettingScope = 'bootstrap' | 'stored' | 'client';

/** One setting: its name, what it may hold, and what people are told about it. */
export interface Setting<Value, Default extends Value | undefined> {
  readonly name: string;
  readonly scope: SettingScope;
  readonly kind: SettingKind<Value>;
  readonly default: Default;
  /** What an unset value means, for settings whose default is not a plain value. */
  readonly unset?: string;
  /** Never echoed, logged or listed with its value. */
  readonly secret?: true;
  /** Checked, but without effect in this version: the part that obeys it is not built yet. */
  readonly reserved?: true;
  readonly help: string;
}

function setting<Value>(
  declaration: Omit<Setting<Value, undefined>, 'default'> & { readonly unset: string },
): Setting<Value, undefined>;
function setting<Value, Default extends Value>(declaration: Setting<Value, Default>): Setting<Value, Value>;
function setting<Value>(declaration: Omit<Setting<Value, Value>, 'default'> & { readonly default?: Value }): object {
  return { default: undefined, ...declaration };
}

/** Every setting of OpenCAPF (DESIGN section 4): help, documentation and checks are made from this list. */
export const settings = {
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
    reserved: true,
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
  minRsaKeySize: setting({
    name: 'OPENCAPF_MIN_RSA_KEY_SIZE',
    scope: 'stored',
    kind: oneNumberOf(512, 1024, 2048, 3072, 4096),
    default: 1024,
    help: 'Smallest RSA key in bits that a phone may have; 512 only for a site that must.',
  }),
  requireSudi: setting({
    name: 'OPENCAPF_REQUIRE_SUDI',
    scope: 'stored',
    kind: choice('never', 'whenAvailable', 'always'),
    default: 'whenAvailable',
    help: 'Whether a phone that proves itself with a certificate must show the SUDI proof too, which alone proves its presence: never (it is not looked at), whenAvailable (checked when shown, and demanded of a phone that has shown one before), always.',
  }),
  strictPrecedence: setting({
    name: 'OPENCAPF_STRICT_PRECEDENCE',
    scope: 'stored',
    kind: onOff(),
    default: false,
    help: 'Whether a phone is refused that proves itself by another certificate than goes with what is on record: by its MIC although it has an LSC, or by its LSC although the MIC is to come first.',
  }),
  proxyProtocol: setting({
    name: 'OPENCAPF_PROXY_PROTOCOL',
    scope: 'bootstrap',
    kind: onOff(),
    default: false,
    reserved: true,
    help: "PROXY protocol v2 on the phones' listener, accepted from OPENCAPF_TRUSTED_PROXIES.",
  }),
  trustedProxies: setting({
    name: 'OPENCAPF_TRUSTED_PROXIES',
    scope: 'bootstrap',
    kind: networks(100),
    unset: 'none',
    help: "Balancers whose word about a phone's address is taken, and for which, as for loopback, bounds for one address do not hold.",
  }),
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
    reserved: true,
    help: 'Processes that share the listeners.',
  }),
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
  operationExpiresInDays: setting({
    name: 'OPENCAPF_OPERATION_EXPIRES_IN_DAYS',
    scope: 'stored',
    kind: integer(1, 365, 'days'),
    default: 10,
    help: 'How many days an operation is open that is queued without a time to complete by (CAPF Operation Expires in (days)).',
  }),
  nullStringExpiresInHours: setting({
    name: 'OPENCAPF_NULL_STRING_EXPIRES_IN_HOURS',
    scope: 'stored',
    kind: integer(1, 8760, 'hours'),
    default: 24,
    help: 'How many hours an operation by null string is open that is queued without a time to complete by: until then anybody who gives the name of the device gets its LSC.',
  }),
  wrongStringsPerAddress: setting({
    name: 'OPENCAPF_WRONG_STRINGS_PER_ADDRESS',
    scope: 'stored',
    kind: integer(1, 1000),
    default: 5,
    help: 'Wrong authentication strings of one address for one device; after that none from there for that device is looked at for OPENCAPF_WRONG_STRINGS_LOCKOUT.',
  }),
  wrongStringsDevicesPerAddress: setting({
    name: 'OPENCAPF_WRONG_STRINGS_DEVICES_PER_ADDRESS',
    scope: 'stored',
    kind: integer(1, 10_000),
    default: 50,
    help: 'For how many devices one IPv4 address or one /64 of IPv6 may give wrong authentication strings; after that none from there is looked at for OPENCAPF_WRONG_STRINGS_LOCKOUT. Not for loopback and OPENCAPF_TRUSTED_PROXIES.',
  }),
  wrongStringsLockout: setting({
    name: 'OPENCAPF_WRONG_STRINGS_LOCKOUT',
    scope: 'stored',
    kind: integer(1, 1440, 'minutes'),
    default: 15,
    help: 'How long is refused who gave too many wrong authentication strings, and after how long without a wrong one they are forgotten.',
  }),
  wrongStringsPerOperation: setting({
    name: 'OPENCAPF_WRONG_STRINGS_PER_OPERATION',
    scope: 'stored',
    kind: integer(1, 1_000_000),
    default: 10,
    help: 'How many wrong authentication strings, of all addresses, every operation bears before it fails, however short its string.',
  }),
  wrongStringsOneIn: setting({
    name: 'OPENCAPF_WRONG_STRINGS_ONE_IN',
    scope: 'stored',
    kind: integer(100, 1_000_000_000),
    default: 1000,
    help: 'An operation with a longer string bears one wrong one in so many that are possible: at 1000, 100 for 5 digits and 100,000 for 8.',
  }),
  hideUnknownDevices: setting({
    name: 'OPENCAPF_HIDE_UNKNOWN_DEVICES',
    scope: 'stored',
    kind: onOff(),
    default: false,
    help: 'Whether an unknown device is refused as a known one is (reason 7), so that strangers cannot find out names by asking. Off: reason 9, as Cisco does.',
  }),
  fetchMic: setting({
    name: 'OPENCAPF_FETCH_MIC',
    scope: 'stored',
    kind: onOff(),
    default: false,
    help: 'Whether a troubleshoot asks for the MIC too, in a second FETCH_CERTIFICATE_REQUEST. Provisional: no phone was seen with it.',
  }),
  auditRetentionDays: setting({
    name: 'OPENCAPF_AUDIT_RETENTION_DAYS',
    scope: 'stored',
    kind: integer(1, 36_500, 'days'),
    unset: 'for ever',
    help: 'How long entries of the audit are kept. Once a day older ones are removed, behind a signed checkpoint.',
  }),
  drainTimeout: setting({
    name: 'OPENCAPF_DRAIN_TIMEOUT',
    scope: 'bootstrap',
    kind: integer(0, 600, 'seconds'),
    default: 5,
    help: 'How long a stopping service lets sessions under way finish.',
  }),
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

/** The key of a setting in the code. */
export type SettingKey = keyof typeof settings;

type ValueOf<Declared> =
  Declared extends Setting<infer Value, infer Default> ? Value | Extract<Default, undefined> : never;

/** The value of every setting. */
export type SettingValues = { readonly [Key in SettingKey]: ValueOf<(typeof settings)[Key]> };
