import { revocationReasons } from '@opencapf/store';
import { z } from 'zod';
import { moment, momentInQuery, pageSchema, paging, rowNumber, text } from './common.js';

export const certificateStates = [
  'intended',
  'issued',
  'installed',
  'recorded',
  'superseded',
  'deleted',
  'revoked',
  'discarded',
] as const;

export const certificateSchema = z
  .object({
    id: z.int(),
    device: z.string(),
    type: z.enum(['LSC', 'MIC']),
    origin: z
      .enum(['issued', 'fetched', 'presented', 'manual', 'imported'])
      .describe('How it came here: issued here, shown by the phone, or recorded by hand.'),
    state: z
      .enum(certificateStates)
      .describe('The last of its moments; "recorded" is a MIC, "discarded" one that was stale and is out of view.'),
    stale: z.boolean().describe('Issued, never installed, and nothing waits for it any more.'),
    operationId: z.int().nullable(),
    sessionId: z.int().nullable(),
    serial: z.string().nullable().describe('Hexadecimal.'),
    subject: z.string().nullable(),
    issuer: z.string().nullable(),
    notBefore: moment.nullable(),
    notAfter: moment.nullable(),
    md5hash: z.string().nullable(),
    publicKeyMd5: z.string(),
    sha256: z.string().nullable(),
    createdAt: moment,
    intendedAt: moment.nullable(),
    issuedAt: moment.nullable(),
    sentAt: moment.nullable(),
    installedAt: moment.nullable(),
    supersededAt: moment.nullable(),
    deletedAt: moment.nullable(),
    revokedAt: moment.nullable(),
    revocationReason: z.string().nullable(),
    discardedAt: moment.nullable(),
  })
  .meta({
    id: 'Certificate',
    examples: [
      {
        id: 4,
        device: 'SEP001122334455',
        type: 'LSC',
        origin: 'issued',
        state: 'installed',
        stale: false,
        operationId: 17,
        sessionId: 31,
        serial: '5f0d6c2b9a8e4d71',
        subject: 'CN=SEP001122334455',
        issuer: 'CN=CAPF-3f2a91c0',
        notBefore: '2026-11-20T17:00:00.000Z',
        notAfter: '2027-11-20T18:00:00.000Z',
        md5hash: '0cc175b9c0f1b6a831c399e269772661',
        publicKeyMd5: '92eb5ffee6ae2fec3ad71c777531578f',
        sha256: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
        createdAt: '2026-11-20T18:00:00.000Z',
        intendedAt: '2026-11-20T18:00:00.000Z',
        issuedAt: '2026-11-20T18:00:00.000Z',
        sentAt: '2026-11-20T18:00:00.000Z',
        installedAt: '2026-11-20T18:00:01.000Z',
        supersededAt: null,
        deletedAt: null,
        revokedAt: null,
        revocationReason: null,
        discardedAt: null,
      },
    ],
  });

export const certificatePageSchema = pageSchema(certificateSchema).meta({ id: 'CertificatePage' });
export const certificatesOfDeviceQuery = z.strictObject(paging);
export const certificateQuery = z.strictObject({
  ...paging,
  device: text(128).optional().describe('Of this name, also when there is no such device any more.'),
  state: z
    .enum(['installed', 'stale', 'revoked', 'discarded'])
    .optional()
    .describe(
      'stale: issued, never installed, and a newer request exists or the operation has ended. discarded: was stale and is out of view, which no other list shows.',
    ),
  expiresBefore: momentInQuery
    .optional()
    .describe(
      'That end before this: ISO 8601, such as 2027-01-31. Without a state, or with "installed", installed LSCs, the soonest first.',
    ),
});

export const deleteStaleSchema = z
  .strictObject({ dryRun: z.boolean().default(false).describe('Deletes none, and says how many there are.') })
  .nullish()
  .meta({ id: 'DeleteStale', examples: [{ dryRun: true }] });

export const staleDeletedSchema = z
  .object({
    deleted: z.int(),
    left: z.int().describe('How many stale ones there are still.'),
  })
  .meta({ id: 'StaleDeleted', examples: [{ deleted: 12, left: 0 }] });

export const certificateParams = z.object({ id: rowNumber });

export const revokeSchema = z
  .strictObject({
    reason: z
      .enum(revocationReasons)
      .describe('As RFC 5280, 5.3.1 names them; those that can be taken back are not offered.'),
  })
  .meta({ id: 'Revocation', examples: [{ reason: 'keyCompromise' }] });

export const recordCertificateQuery = z.strictObject({
  force: z
    .enum(['true', 'false'])
    .transform((given) => given === 'true')
    .default(false)
    .describe(
      'Records it although neither an issuer of ours nor the trust store vouches for it, or its dates are past.',
    ),
  type: z
    .enum(['LSC', 'MIC'])
    .optional()
    .describe('What it is, where its name does not tell: by default a MIC when its name begins with a model.'),
});

/** A certificate as PEM text. */
export const pemSchema = z.string().meta({ description: 'PEM' });
/** A certificate as DER. */
export const derSchema = z.custom<Uint8Array>().meta({ description: 'DER', type: 'string', format: 'binary' });
/** A certificate as it is uploaded. */
export const uploadSchema = z
  .custom<Buffer>((given) => Buffer.isBuffer(given) && given.length > 0, 'must be a certificate')
  .meta({ description: 'PEM or DER', type: 'string', format: 'binary' });
