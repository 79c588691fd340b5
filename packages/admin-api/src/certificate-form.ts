import { toPem } from '@opencapf/pki';
import type { FastifyRequest } from 'fastify';
import { derSchema, pemSchema } from './schemas/certificate.js';

export const pem = 'application/x-pem-file';
export const der = 'application/pkix-cert';

/** What the description of the API says of an answer that is a certificate. */
export const certificateBody = {
  description: `PEM unless ${der} is asked for.`,
  content: { [pem]: { schema: pemSchema }, [der]: { schema: derSchema } },
} as const;

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
