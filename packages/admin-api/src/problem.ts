import { AuthorityError, type AuthorityErrorCode, authorityErrors } from '@opencapf/authority';
import { EnrollmentError, type EnrollmentErrorCode, enrollmentErrors } from '@opencapf/enrollment';
import { PkiError, type PkiErrorCode, pkiErrors } from '@opencapf/pki';
import { StoreError, type StoreErrorCode } from '@opencapf/store';
import { TftpError, type TftpErrorCode, tftpErrors } from '@opencapf/tftp';
import { AdminApiError, type AdminApiErrorCode, adminApiErrors } from './errors.js';

/** A problem document (RFC 9457). */
export interface Problem {
  /** `urn:opencapf:error:` and the code. */
  readonly type: string;
  /** What the code means and what to do about it, the same each time. */
  readonly title: string;
  readonly status: number;
  readonly code: string;
  /** The same, with what was met here. */
  readonly detail: string;
  /** The parts of the request that are wrong. */
  readonly errors?: readonly ProblemPart[];
}

export interface ProblemPart {
  /** Such as `body/labels/2`. */
  readonly path: string;
  readonly message: string;
}

export const problemContentType = 'application/problem+json';

/** The status of every code of this package. */
export const adminApiStatuses: Readonly<Record<AdminApiErrorCode, number>> = {
  'request-invalid': 400,
  'request-malformed': 400,
  'request-too-large': 413,
  'content-type-unsupported': 415,
  'route-unknown': 404,
  'token-missing': 401,
  'token-refused': 401,
  'too-many-refused-tokens': 429,
  'role-too-low': 403,
  'cursor-invalid': 400,
  'device-name-invalid': 400,
  'device-name-reserved': 400,
  'device-unknown': 404,
  'operation-unknown': 404,
  'operation-already-open': 409,
  'operation-ended': 409,
  'authentication-string-none': 404,
  'probe-none': 404,
  'probe-consent-missing': 409,
  'lockout-unknown': 404,
  'certificate-none': 404,
  'certificate-name-mismatch': 422,
  'certificate-unverified': 422,
  'certificate-not-in-its-dates': 422,
  'certificate-out-of-use': 409,
  'certificate-key-of-another-device': 409,
  'certificate-unknown': 404,
  'certificate-already-revoked': 409,
  'trust-certificate-unknown': 404,
  'trust-certificate-has-other-purpose': 409,
  'trust-certificate-is-file': 409,
  'authority-unknown': 404,
  'authority-name-taken': 409,
  'authority-kind-unknown': 400,
  'authority-trust-ambiguous': 422,
  'authority-is-local': 409,
  'authority-not-local': 409,
  'key-kept-elsewhere': 409,
  'authority-not-offline': 409,
  'authority-request-unknown': 404,
  'authority-request-ended': 409,
  'zip-unreadable': 400,
  'zip-too-large': 413,
  'authority-not-staged': 409,
  'authority-not-active': 409,
  'authority-without-certificate': 409,
  'activation-unconfirmed': 409,
  'authority-is-default': 409,
  'authority-is-last': 409,
  'authority-of-devices': 409,
  'authority-has-requests': 409,
  'capf-certificate-unknown': 404,
  'capf-certificate-not-staged': 409,
  'capf-certificate-known': 409,
  'authority-has-issued': 409,
  'certificate-issuer-unknown': 400,
  'security-profile-unknown': 404,
  'device-security-profile-unknown': 400,
  'security-profile-name-taken': 409,
  'security-profile-predefined': 409,
  'security-profile-in-use': 409,
  'security-profile-other-model': 409,
  'device-security-mode-unknown': 400,
  'combination-refused': 409,
  'combination-unless-forced': 409,
  'configuration-none': 404,
  'configuration-template-unknown': 404,
  'configuration-template-in-use': 409,
  'configuration-template-fields': 409,
  'configuration-template-too-long': 409,
  'symmetric-key-none': 404,
  'symmetric-key-already-set': 409,
  'symmetric-key-size-wrong': 409,
  'accept-expired-past': 400,
  'trust-list-none': 404,
  'trust-list-entry-known': 409,
  'trust-list-entry-unknown': 404,
  'trust-list-empty-undescribed': 409,
  'trust-list-released': 409,
  'trust-list-not-released': 409,
  'trust-list-release-to-own': 422,
  'trust-list-release-expired': 422,
  'trust-list-in-recovery': 409,
  'trust-list-not-in-recovery': 409,
  'trust-list-not-fetched': 409,
  'file-signer-staged': 409,
  'file-signer-none-staged': 409,
  'trust-list-not-holding': 409,
  'recovery-key-elsewhere': 409,
  'recovery-key-exported': 409,
  'recovery-key-not-exported': 409,
  'recovery-key-of-another-signer': 409,
  'recovery-certificate-unlisted': 409,
  'recovery-belief-unknown': 409,
  'recovery-certificate-not-self-signed': 422,
  'recovery-certificate-missing': 422,
  'token-not-found': 404,
  'token-expiry-past': 400,
  'service-unavailable': 503,
  'internal-error': 500,
};

/** The status of codes of the packages below that a request can cause; any other is a fault of ours. */
export const lowerStatuses: Readonly<
  Partial<Record<EnrollmentErrorCode | PkiErrorCode | StoreErrorCode | AuthorityErrorCode | TftpErrorCode, number>>
> = {
  'operation-kind-unknown': 400,
  'authentication-mode-unknown': 400,
  'authentication-string-malformed': 400,
  'authentication-string-unexpected': 400,
  'key-order-unknown': 400,
  'key-size-unknown': 400,
  'key-size-below-minimum': 400,
  'completes-by-malformed': 400,
  'completes-by-past': 400,
  'allowed-networks-malformed': 400,
  'allowed-networks-unexpected': 400,
  'certificate-unreadable': 400,
  'authority-setting-invalid': 400,
  'authority-key-unusable': 422,
  'key-file-unreadable': 400,
  'key-file-unsupported': 422,
  'key-file-without-key': 422,
  'key-file-several-keys': 422,
  'key-file-passphrase-missing': 422,
  'key-file-passphrase-wrong': 422,
  'private-key-unsupported': 422,
  'issuer-key-mismatch': 422,
  'issuer-expired': 422,
  'issuer-not-yet-valid': 422,
  'issuer-not-a-ca': 422,
  'issuer-name-reserved': 422,
  'issuer-chain-broken': 422,
  'capf-key-not-rsa': 422,
  'distinguished-name-malformed': 400,
  'url-malformed': 400,
  'trust-upload-too-large': 413,
  'trust-upload-empty': 400,
  'trust-upload-unreadable': 400,
  'trust-upload-not-a-ca': 422,
  'trust-name-reserved': 422,
  'trust-issuer-of-ours': 422,
  'public-key-malformed': 422,
  'public-key-algorithm-unsupported': 422,
  'public-key-parameters-unsupported': 422,
  'public-key-point-form-unsupported': 422,
  'public-key-too-short': 422,
  'public-key-exponent-unsafe': 422,
  'public-key-modulus-even': 422,
  'public-key-small-factor': 422,
  'public-key-roca': 422,
  'public-key-close-primes': 422,
  'public-key-point-not-on-curve': 422,
  'public-key-forbidden': 422,
  'trust-list-too-long': 409,
  'trust-record-certificate-unreadable': 409,
  'trust-record-key-unsupported': 422,
  'trust-record-host-malformed': 400,
  'file-signer-not-rsa': 422,
  'file-signer-size-unsupported': 422,
  'file-signer-key-mismatch': 422,
  'capf-servers-unusable': 400,
  'configuration-too-long': 413,
  'configuration-malformed': 422,
  'configuration-doctype-refused': 422,
  'configuration-encoding-unsupported': 422,
  'configuration-encoding-wrong': 422,
  'configuration-too-many-elements': 422,
  'configuration-root-unexpected': 422,
  'configuration-element-repeated': 422,
  'configuration-element-unexpected': 422,
  'template-field-malformed': 422,
  'template-field-unknown': 422,
  'template-too-many-fields': 422,
  'symmetric-key-malformed': 400,
};

const meanings: Readonly<Record<string, string | undefined>> = {
  ...pkiErrors,
  ...authorityErrors,
  ...enrollmentErrors,
  ...tftpErrors,
};

/** Fastify's own refusals. Their messages may quote the request, and so a secret: they are not passed on. */
const frameworkCodes: Readonly<Record<string, AdminApiErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'content-type-unsupported',
  FST_ERR_CTP_BODY_TOO_LARGE: 'request-too-large',
};

/** What to answer to a fault. A fault of ours, status 500 and above, says no more than that. */
export function toProblem(fault: unknown): Problem {
  if (fault instanceof AdminApiError) {
    return problem(fault.code, adminApiErrors[fault.code], adminApiStatuses[fault.code], fault.message);
  }
  if (fault instanceof StoreError && fault.code === 'database-lost') return unavailable();
  if (
    fault instanceof EnrollmentError ||
    fault instanceof PkiError ||
    fault instanceof StoreError ||
    fault instanceof AuthorityError ||
    fault instanceof TftpError
  ) {
    const status = statusBelow(fault.code);
    return status === undefined
      ? internal()
      : problem(fault.code, meanings[fault.code] ?? fault.message, status, fault.message);
  }
  const parts = invalidParts(fault);
  if (parts !== undefined) return { ...own('request-invalid'), detail: parts.map(say).join('; '), errors: parts };
  const code = refusalOfFramework(fault);
  return code === undefined ? internal() : own(code);
}

function problem(code: string, title: string, status: number, detail = title): Problem {
  return { type: `urn:opencapf:error:${code}`, title, status, code, detail };
}

function own(code: AdminApiErrorCode): Problem {
  return problem(code, adminApiErrors[code], adminApiStatuses[code]);
}

function internal(): Problem {
  return own('internal-error');
}

function unavailable(): Problem {
  return own('service-unavailable');
}

function statusBelow(code: string): number | undefined {
  const statuses: Readonly<Record<string, number | undefined>> = lowerStatuses;
  return statuses[code];
}

function refusalOfFramework(fault: unknown): AdminApiErrorCode | undefined {
  if (typeof fault !== 'object' || fault === null) return undefined;
  const known = 'code' in fault && typeof fault.code === 'string' ? frameworkCodes[fault.code] : undefined;
  if (known !== undefined) return known;
  const status = 'statusCode' in fault ? Number(fault.statusCode) : 500;
  if (status === 413 || status === 431 || status === 414) return 'request-too-large';
  return status >= 400 && status < 500 ? 'request-malformed' : undefined;
}

/** What did not fit a schema, of the error that Fastify makes of it. */
function invalidParts(fault: unknown): readonly ProblemPart[] | undefined {
  if (typeof fault !== 'object' || fault === null || !('validation' in fault) || !Array.isArray(fault.validation)) {
    return undefined;
  }
  const context = 'validationContext' in fault ? String(fault.validationContext) : 'request';
  const issues: readonly unknown[] = fault.validation;
  return issues.flatMap((issue) => {
    const { instancePath, message, params } = issue as {
      readonly instancePath?: string;
      readonly message?: string;
      readonly params?: { readonly errors?: Alternatives };
    };
    const path = `${context}${instancePath === '/' ? '' : (instancePath ?? '')}`;
    return partsOfUnion(path, params?.errors) ?? [{ path, message: message ?? 'is invalid' }];
  });
}

/** What is wrong by each alternative of a schema's union, as Zod tells it. */
type Alternatives = readonly (readonly {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}[])[];

/**
 * Of a union that nothing fits Zod says only that. Whoever asks meant the alternative that is right as a whole and wrong within;
 * where there is none, what each of them asks for.
 */
function partsOfUnion(at: string, alternatives: Alternatives = []): readonly ProblemPart[] | undefined {
  if (alternatives.length === 0) return undefined;
  const meant = alternatives.find((issues) => issues.length > 0 && issues.every(({ path }) => path.length > 0));
  if (meant !== undefined) {
    return meant.map(({ path, message }) => ({ path: [at, ...path].map(String).join('/'), message }));
  }
  const ways = alternatives.map((issues) => issues.map(({ message }) => message).join(', '));
  return [{ path: at, message: ways.join('; or: ') }];
}

function say({ path, message }: ProblemPart): string {
  return `${path}: ${message}`;
}
