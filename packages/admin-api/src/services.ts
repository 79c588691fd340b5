import type { SubjectFields } from '@opencapf/pki';
import type { Database, SecretKey } from '@opencapf/store';
import type { PhoneFileFormat } from '@opencapf/tftp';

/** How often a server of files gave or refused one, since its process started. */
export interface FileCount {
  /** `http` or `tftp` */
  readonly transport: string;
  /** `served`, `failed`, or why it was refused. */
  readonly outcome: string;
  readonly n: number;
}

/** What the admin API works with. */
export interface AdminApiServices {
  readonly database: Database;
  readonly secretKey: SecretKey;
  /** The value of `OPENCAPF_ADMIN_TOKEN`. */
  readonly givenToken: string | undefined;
  /** The certificate that phones meet, DER. */
  readonly capfCertificate: () => Uint8Array;
  /** `OPENCAPF_OPERATION_EXPIRES_IN_DAYS` */
  readonly operationExpiresInDays: number;
  /** `OPENCAPF_NULL_STRING_EXPIRES_IN_HOURS` */
  readonly nullStringExpiresInHours: number;
  /** `OPENCAPF_MIN_RSA_KEY_SIZE`, bits */
  readonly minRsaKeySize: number;
  /** `OPENCAPF_LSC_VALIDITY_DAYS` */
  readonly lscValidityDays: number;
  /** What a CAPF certificate names besides its common name. */
  readonly capfSubject: SubjectFields;
  /** `OPENCAPF_METRICS_TOKEN`: whether `/metrics` asks for a token; it does when left out. */
  readonly metricsToken?: boolean;
  /** How phones' files are written, and whether they are served over HTTPS here; undefined on a node that serves none. */
  readonly phoneFiles?: (PhoneFileFormat & { readonly overHttps?: boolean }) | undefined;
  /** Called before a call is answered that may have changed what phones' files are built from; left out on a node that serves none. */
  readonly filesMayHaveChanged?: () => void;
  /** Files that this process gave to phones and refused; left out where it serves none. */
  readonly fileCounts?: () => readonly FileCount[];
  /** What to look at in how files are served here, in words that may name devices: for those who show a token. */
  readonly fileWarnings?: readonly { readonly code: string; readonly message: string }[];
  /** Version of the product, for the description of the API. */
  readonly version: string;
  readonly now?: () => Date;
  /** Milliseconds on a clock that never jumps. */
  readonly elapsed?: () => number;
}
