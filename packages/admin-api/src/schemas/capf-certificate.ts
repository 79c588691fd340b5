import { z } from 'zod';
import { moment, rowNumber } from './common.js';

export const capfCertificateSchema = z
  .object({
    id: z.int(),
    state: z
      .enum(['staged', 'active', 'retired'])
      .describe('"active": what phones meet on port 3804. "staged": in trust bundles, and not met yet.'),
    subject: z.string(),
    issuer: z.string(),
    notBefore: moment,
    notAfter: moment,
    sha256: z.string().describe('SHA-256 over the DER, hexadecimal.'),
    chain: z.array(z.string()).describe('Subjects of the certificates above it, from its issuer upwards.'),
    createdAt: moment,
    activatedAt: moment.nullable(),
    retiredAt: moment.nullable(),
  })
  .meta({
    id: 'CapfCertificate',
    examples: [
      {
        id: 1,
        state: 'active',
        subject: 'CN=CAPF-3f2a91c0',
        issuer: 'CN=CAPF-3f2a91c0',
        notBefore: '2026-11-20T17:00:00.000Z',
        notAfter: '2046-11-15T17:00:00.000Z',
        sha256: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
        chain: [],
        createdAt: '2026-11-20T17:00:00.000Z',
        activatedAt: '2026-11-20T17:00:00.000Z',
        retiredAt: null,
      },
    ],
  });

export const capfCertificateListSchema = z
  .object({ items: z.array(capfCertificateSchema) })
  .meta({ id: 'CapfCertificateList' });

export const capfActivationSchema = z
  .strictObject({
    confirmed: z
      .boolean()
      .default(false)
      .describe(
        'That phones have the trust list that holds it, which cannot be seen from here of devices that fetch their lists elsewhere.',
      ),
    override: z
      .boolean()
      .default(false)
      .describe(
        'Go on without the devices that have not fetched the trust list that holds it: they cannot reach the service.',
      ),
  })
  .meta({ id: 'CapfActivation', examples: [{ confirmed: true }] });

export const capfCertificateParams = z.object({ id: rowNumber });
