import { AuthorityError } from '../errors.js';

/** What of a request to AD CS is committed before it leaves. The template is the setting's at the time of sending. */
export interface CommittedRequest {
  /** DER PKCS#10. */
  readonly certificationRequest: Uint8Array;
  /** The highest request number of the CA that was known then: that of this request is a higher one. */
  readonly after: number | undefined;
}

export function encodeCommittedRequest({ certificationRequest, after }: CommittedRequest): Uint8Array {
  const pkcs10 = Buffer.from(certificationRequest).toString('base64');
  return Buffer.from(JSON.stringify({ pkcs10, ...(after === undefined ? {} : { after }) }));
}

/** @throws AuthorityError `intended-certificate-mismatch` */
export function decodeCommittedRequest(request: Uint8Array): CommittedRequest {
  try {
    const { pkcs10, after }: { pkcs10?: unknown; after?: unknown } = JSON.parse(Buffer.from(request).toString());
    if (typeof pkcs10 !== 'string') throw new TypeError('no PKCS#10');
    return {
      certificationRequest: Buffer.from(pkcs10, 'base64'),
      after: typeof after === 'number' && Number.isSafeInteger(after) ? after : undefined,
    };
  } catch (cause) {
    throw new AuthorityError('intended-certificate-mismatch', undefined, { cause });
  }
}
