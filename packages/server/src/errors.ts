/** What can keep the service from starting or end it early, by code. */
export const serverErrors = {
  'data-directory-in-use':
    'Another live service works in this data directory. Stop it first, or give this one a data directory and ports of its own.',
  'listen-failed':
    'A listener could not be opened: its port is in use or needs privileges, or its address is not one of this machine. The message names the setting.',
  'file-signer-missing':
    "Nobody signs phones' files: the certificate that does is gone from the database. Start again, and it is made anew.",
  'files-over-https-unusable':
    'OPENCAPF_TFTP_HTTPS_PORT needs OPENCAPF_TFTP_LAYOUT=usecallmanager: trust lists of the other layout have no place to tell phones of it.',
  'worker-failed': 'One of the processes that OPENCAPF_WORKERS asks for could not serve phones; the message says why.',
  'admin-tls-unusable':
    'The certificate or the key that OPENCAPF_ADMIN_TLS names cannot be read or do not belong together.',
  'admin-tls-required': 'OPENCAPF_ADMIN_TLS=off is allowed only while OPENCAPF_ADMIN_HOST is a loopback address.',
  'service-data-missing':
    'This command works on what a service left, and there is nothing of one. Set OPENCAPF_DATA_DIR, and DATABASE_URL where the service has it, as the service does.',
  'configuration-file-unreadable': 'The file that OPENCAPF_CONFIG names cannot be read or is no JSON object.',
} as const;

/** Codes of {@link ServerError}. */
export type ServerErrorCode = keyof typeof serverErrors;

/** A reason not to start, said in one line. */
export class ServerError extends Error {
  override readonly name = 'ServerError';

  constructor(
    readonly code: ServerErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
