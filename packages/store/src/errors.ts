/** What can go wrong in this package: each code with its meaning and what to do about it. */
export const storeErrors = {
  'setting-invalid': 'A setting is unknown or has a value that it cannot have.',
  'data-directory-not-a-directory':
    'OPENCAPF_DATA_DIR must name a directory, and something else has that name. Choose another path.',
  'data-directory-not-writable':
    'The directory that OPENCAPF_DATA_DIR names cannot be written to. Give it to the user that runs the service, or choose another.',
  'database-directory-foreign':
    'The directory "postgres" below OPENCAPF_DATA_DIR holds something that is no database of this service. Move it away or choose another OPENCAPF_DATA_DIR.',
  'database-directory-version':
    'The database below OPENCAPF_DATA_DIR was made by another major version of PostgreSQL. Dump it with that version and restore it here, or choose another OPENCAPF_DATA_DIR.',
  'embedded-database-unsupported':
    'The embedded PostgreSQL is not installed for this platform. Set DATABASE_URL to a PostgreSQL server, version 15 or newer.',
  'embedded-database-no-user':
    'The embedded PostgreSQL must run as a user that is not root and has an entry in the passwd database. Create one named "opencapf", or set DATABASE_URL.',
  'embedded-database-directory-unreachable':
    'The user that runs the embedded PostgreSQL cannot reach its files below directories closed to it, and util-linux setpriv, which would let it, is missing or not permitted. Set OPENCAPF_DATA_DIR to a path that this user can reach.',
  'embedded-database-initialise-failed':
    'The embedded PostgreSQL could not make its files below OPENCAPF_DATA_DIR. The lines of its program say why.',
  'embedded-database-start-failed':
    'The embedded PostgreSQL below OPENCAPF_DATA_DIR does not start. The last lines of its log say why.',
  'embedded-database-start-timeout':
    'The embedded PostgreSQL below OPENCAPF_DATA_DIR was not ready in time. The last lines of its log may say why.',
  'embedded-database-password-refused':
    'The embedded PostgreSQL refuses the password kept in postgres/opencapf.password below OPENCAPF_DATA_DIR. Restore that file from the same backup as the database.',
  'embedded-database-stop-timeout':
    'The embedded PostgreSQL did not stop in time. The next start will find it and go on.',
  'database-url-invalid': 'DATABASE_URL must have the form postgres://user:password@host:port/database.',
  'database-refused': 'No PostgreSQL server answers at the address in DATABASE_URL.',
  'database-host-unknown': 'The host in DATABASE_URL has no address.',
  'database-unreachable': 'The PostgreSQL server in DATABASE_URL could not be reached in time.',
  'database-authentication-failed': 'The PostgreSQL server refuses the user or password in DATABASE_URL.',
  'database-missing':
    'The database that DATABASE_URL names does not exist on the server. Create it, owned by that user.',
  'database-too-many-connections': 'The PostgreSQL server in DATABASE_URL has no connection left to give.',
  'database-tls-failed': 'The encrypted connection to the PostgreSQL server in DATABASE_URL could not be made.',
  'database-too-old': 'The PostgreSQL server in DATABASE_URL is older than version 15.',
  'database-privileges':
    'The user in DATABASE_URL may not create what the service needs. It should own the database that DATABASE_URL names.',
  'database-newer':
    'The database was migrated by a newer version of this program, with which this one cannot work. Run that version, or restore a backup made before.',
  'database-nodes-too-old':
    'Nodes are alive that could not work with the database as this version changes it. Stop them, or bring them first to the version before this one.',
  'database-migration-failed': 'The database could not be brought to this version. Nothing was changed.',
  'database-lost': 'The connection to the PostgreSQL server broke or stayed silent for too long.',
  'secret-key-invalid': 'OPENCAPF_SECRET_KEY, or the file secret.key, must hold 32 bytes in base64.',
  'secret-key-file-unusable': 'The file secret.key in OPENCAPF_DATA_DIR can be neither read nor made.',
  'secret-key-mismatch':
    'OPENCAPF_SECRET_KEY, or the file secret.key, is not the key that this database was encrypted with. Give the right one.',
  'secret-key-unchanged': 'The new secret key is the one that is in use. Make another: openssl rand -base64 32.',
  'secret-key-rotation-unfinished':
    'The secret key is being replaced, and what is encrypted is under two keys. Run "opencapf secrets rotate" again with the same new key, then start.',
  'secret-key-rotation-other':
    'The secret key is being replaced by another one than this. Finish that with the key that it was begun with.',
  'secret-key-rotation-nodes-alive':
    'Nodes that know the old secret key are running, or were up to three minutes ago. Stop all of them, then run this again.',
  'sealed-value-unreadable':
    'An encrypted value does not open: it was altered, belongs to another row, or was sealed with another key.',
  'audit-heads-unreadable':
    'The file audit-heads.json in OPENCAPF_DATA_DIR cannot be read, written or understood, or its signature was not made with this OPENCAPF_SECRET_KEY. Find out who changed it; to begin anew, move it away.',
  'audit-heads-contradicted':
    'The audit in the database is not the one whose heads were signed: entries were altered or cut off, or a backup was restored. Run "opencapf audit verify"; after a restore, move audit-heads.json away to begin anew.',
  'audit-unsound':
    'The audit does not verify, so nothing of it is pruned: that would remove evidence. Run "opencapf audit verify".',
  'administrator-token-invalid': 'OPENCAPF_ADMIN_TOKEN must have 16 or more printable characters.',
} as const;

/** A code of {@link storeErrors}. */
export type StoreErrorCode = keyof typeof storeErrors;

/** A fault known by its code; the message is one line without secrets, log lines of a server excepted. */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  /**
   * @param code one of {@link storeErrors}
   * @param detail what was met here: a path, a host, a version; never a secret
   */
  constructor(
    readonly code: StoreErrorCode,
    detail?: string,
    options?: ErrorOptions,
  ) {
    super(detail === undefined ? storeErrors[code] : `${storeErrors[code]} (${detail})`, options);
  }
}
