import { toPem } from '@opencapf/pki';
import type { FastifyRequest } from 'fastify';
import { derSchema, pemSchema } from './schemas/certificate.js';

export const pem = 'application/x-pem-file';
export const der = 'application/pkix-cert';
const pkcs10 = 'application/pkcs10';

/** What chains of certificates come as; which of PEM, DER and PKCS#7 it is, the content says itself. */
export const chainUploads = [
  pem,
  der,
  'application/pkcs7-mime',
  'application/x-pkcs7-certificates',
  'application/pem-certificate-chain',
  'application/x-x509-ca-cert',
] as const;

/** What the description of the API says of an answer that is a certificate. */
export const certificateBody = {
  description: `PEM unless ${der} is asked for.`,
  content: { [pem]: { schema: pemSchema }, [der]: { schema: derSchema } },
} as const;

/** What the description of the API says of an answer that is a PKCS#10. */
export const certificationRequestBody = {
  description: `PKCS#10, PEM unless ${pkcs10} is asked for.`,
  content: { [pem]: { schema: pemSchema }, [pkcs10]: { schema: derSchema } },
} as const;

/** A PKCS#10 in the form that was asked for. */
export function requestFormOf(
  request: FastifyRequest,
  bytes: Uint8Array,
): { readonly type: string; readonly content: Buffer | string } {
  const asked = (request.headers.accept ?? '').toLowerCase();
  return asked.includes(pkcs10) && !asked.includes(pem)
    ? { type: pkcs10, content: Buffer.from(bytes) }
    : { type: pem, content: toPem('CERTIFICATE REQUEST', bytes) };
}

/** A certificate in the form that was asked for: DER only for who asks for it by name. */
export function formOf(
  request: FastifyRequest,
  bytes: Uint8Array,
): { readonly type: string; readonly content: Buffer | string } {
  const asked = (request.headers.accept ?? '').toLowerCase();
  return asked.includes(der) && !asked.includes(pem)
    ? { type: der, content: Buffer.from(bytes) }
    : { type: pem, content: toPem('CERTIFICATE', bytes) };
}
