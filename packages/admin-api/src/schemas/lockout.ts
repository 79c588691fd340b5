import { parseNetwork } from '@opencapf/enrollment';
import { z } from 'zod';
import { moment, pageSchema, paging, rowNumber, text } from './common.js';

/** An address that is refused for guessing authentication strings. */
const lockoutSchema = z
  .object({
    id: z.int(),
    address: z.string().describe('IPv6 for all devices: its /64.'),
    device: z.string().nullable().describe('For which device it is refused; null for all.'),
    wrongStrings: z.int(),
    devices: z.int().describe('For how many devices they were given.'),
    lastAt: moment.describe('Of the last wrong string.'),
    refusedUntil: moment,
  })
  .meta({
    id: 'Lockout',
    examples: [
      {
        id: 4,
        address: '198.51.100.66',
        device: 'SEP001122334455',
        wrongStrings: 5,
        devices: 1,
        lastAt: '2026-11-20T18:00:00.000Z',
        refusedUntil: '2026-11-20T18:15:00.000Z',
      },
    ],
  });

export const lockoutPageSchema = pageSchema(lockoutSchema).meta({ id: 'LockoutPage' });

const filters = {
  address: text(64)
    .refine((given) => parseNetwork(given) !== undefined, 'must be an address, or a network in CIDR form')
    .optional()
    .describe('An address, or a network in CIDR form that holds it.'),
  device: text(128).optional().describe('The whole name. Refusals for all devices are not among them.'),
} as const;

export const lockoutQuery = z.strictObject({ ...paging, ...filters });

export const clearLockoutsQuery = z.strictObject(filters);

export const lockoutParams = z.object({ id: rowNumber });

export const clearedSchema = z
  .object({ cleared: z.int().describe('How many were refused and are no more.') })
  .meta({ id: 'ClearedLockouts', examples: [{ cleared: 2 }] });
