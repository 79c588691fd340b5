import { z } from 'zod';
import { moment, momentInQuery, pageSchema, paging, rowNumber } from './common.js';

const acceptExpiredUntil = "Until when LSCs that it signed prove a phone's identity after their end; null: not at all.";

export const issuerSchema = z
  .object({
    id: z.int(),
    name: z.string(),
    kind: z.string().describe('"local": the key is here.'),
    state: z.enum(['staged', 'active', 'retired']).describe('"retired": verifies proofs and never signs.'),
    isDefault: z.boolean(),
    subject: z.string().nullable().describe('Null as long as an authority elsewhere has not shown its certificate.'),
    notBefore: moment.nullable(),
    notAfter: moment.nullable(),
    sha256: z.string().nullable().describe('SHA-256 over the DER, hexadecimal.'),
    acceptExpiredUntil: moment.nullable().describe(acceptExpiredUntil),
    createdAt: moment,
    retiredAt: moment.nullable(),
  })
  .meta({
    id: 'Issuer',
    examples: [
      {
        id: 1,
        name: 'local',
        kind: 'local',
        state: 'active',
        isDefault: true,
        subject: 'CN=CAPF-3f2a91c0',
        notBefore: '2026-11-20T17:00:00.000Z',
        notAfter: '2046-11-15T17:00:00.000Z',
        sha256: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
        acceptExpiredUntil: null,
        createdAt: '2026-11-20T17:00:00.000Z',
        retiredAt: null,
      },
    ],
  });

export const issuerPageSchema = pageSchema(issuerSchema).meta({ id: 'IssuerPage' });
export const issuerQuery = z.strictObject(paging);
export const issuerParams = z.object({ id: rowNumber });

export const issuerChangeSchema = z
  .strictObject({ acceptExpiredUntil: momentInQuery.nullable().describe(acceptExpiredUntil) })
  .meta({ id: 'IssuerChange', examples: [{ acceptExpiredUntil: '2027-01-31T00:00:00Z' }] });
