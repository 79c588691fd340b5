import { z } from 'zod';
import { moment, pageSchema, paging } from './common.js';

const purposes = ['mic', 'foreignCapf', 'lscIssuer'] as const;
const purpose = z
  .enum(purposes)
  .describe(
    'mic: vouches for certificates that phones leave the factory with. foreignCapf: the CAPF certificate of another cluster, vouches for the LSCs that phones bring along. lscIssuer: a CA that is to sign LSCs here; its common name may not hold "CAPF-".',
  );
const allowExpired = z
  .boolean()
  .describe('Whether certificates that it signed are accepted after their end, and after its own.');

export const trustCertificateSchema = z
  .object({
    sha256: z.string().describe('SHA-256 over the DER, hexadecimal: its identity.'),
    purpose,
    source: z.enum(['file', 'upload']).describe('"file": read at start; goes with the file, and not by this API.'),
    fileName: z.string().nullable(),
    subject: z.string(),
    issuer: z.string(),
    notBefore: moment,
    notAfter: moment,
    allowExpired,
    useCount: z.int().describe('How many certificates of phones it vouched for.'),
    lastUsedAt: moment.nullable(),
    createdAt: moment,
    createdBy: z.string(),
  })
  .meta({
    id: 'TrustCertificate',
    examples: [
      {
        sha256: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
        purpose: 'mic',
        source: 'upload',
        fileName: null,
        subject: 'O=Cisco, CN=Cisco Manufacturing CA SHA2',
        issuer: 'O=Cisco, CN=Cisco Root CA M2',
        notBefore: '2012-11-12T13:50:58.000Z',
        notAfter: '2037-11-12T13:00:17.000Z',
        allowExpired: false,
        useCount: 3,
        lastUsedAt: '2026-11-20T18:00:00.000Z',
        createdAt: '2026-11-20T17:00:00.000Z',
        createdBy: 'first start',
      },
    ],
  });

export const trustCertificatePageSchema = pageSchema(trustCertificateSchema).meta({ id: 'TrustCertificatePage' });
export const trustUploadedSchema = z
  .object({ items: z.array(trustCertificateSchema).describe('All that the upload held.') })
  .meta({ id: 'TrustUploaded' });

export const trustCertificateQuery = z.strictObject({ ...paging, purpose: purpose.optional() });

export const trustUploadQuery = z.strictObject({
  purpose: purpose.default('mic'),
  allowExpired: z
    .enum(['true', 'false'])
    .transform((given) => given === 'true')
    .optional()
    .describe('As in PATCH; when it is left out, new certificates do not.'),
});

export const trustChangeSchema = z
  .strictObject({ allowExpired })
  .meta({ id: 'TrustChange', examples: [{ allowExpired: true }] });

export const trustParams = z.object({
  sha256: z
    .string()
    .transform((given) => given.replaceAll(':', '').toLowerCase())
    .pipe(z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal'))
    .describe('Hexadecimal, with or without colons.')
    .meta({ examples: ['ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'] }),
});
