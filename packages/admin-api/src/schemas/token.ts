import { givenTokenName } from '@opencapf/store';
import { z } from 'zod';
import { moment, rowNumber, text } from './common.js';

export const roles = ['viewer', 'operator', 'administrator'] as const;

/** Whom the audit names where no token was shown. */
const reservedNames: ReadonlySet<string> = new Set(['system', 'stranger', givenTokenName]);

export const newTokenSchema = z
  .strictObject({
    name: text(200)
      .min(1)
      .refine((name) => !reservedNames.has(name), 'is a name that the audit uses for somebody else')
      .describe('Whom the audit names.'),
    role: z.enum(roles).describe('viewer reads, operator works on devices, administrator does everything.'),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  })
  .meta({ id: 'NewToken', examples: [{ name: 'provisioning', role: 'operator', expiresAt: '2027-12-31T00:00:00Z' }] });

const tokenShape = {
  id: z.int(),
  name: z.string(),
  role: z.enum(roles),
  createdAt: moment,
  createdBy: z.string(),
  expiresAt: moment.nullable(),
  lastUsedAt: moment.nullable().describe('To the minute.'),
  revokedAt: moment.nullable(),
} as const;

const example = {
  id: 2,
  name: 'provisioning',
  role: 'operator',
  createdAt: '2026-11-20T18:00:00.000Z',
  createdBy: 'first start',
  expiresAt: '2027-12-31T00:00:00.000Z',
  lastUsedAt: '2026-11-20T18:00:00.000Z',
  revokedAt: null,
};

export const tokenSchema = z.object(tokenShape).meta({ id: 'Token', examples: [example] });
export const tokenListSchema = z.object({ items: z.array(tokenSchema) }).meta({ id: 'TokenList' });

export const madeTokenSchema = z
  .object({ ...tokenShape, token: z.string().describe('Shown this once; only a keyed hash of it is kept.') })
  .meta({
    id: 'MadeToken',
    examples: [{ ...example, token: 'opencapf_0000000000000000000000000000000000000000000' }],
  });

export const tokenParams = z.object({ id: rowNumber });
