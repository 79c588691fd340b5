import { probeExchangeNames } from '@opencapf/enrollment';
import { z } from 'zod';
import { moment, text } from './common.js';

const exchange = z.enum(probeExchangeNames as readonly [string, ...string[]]);
const told = text(100).min(1);

/** What POST takes. */
export const newProbeSchema = z
  .strictObject({
    exchange: exchange.describe('What is tried; docs/probe.md says what each may do to the phone.'),
    consent: text(128).describe("The device's name once more: whoever has the phone agrees to it."),
    model: told.optional().describe('For the evidence. Default: that of the device.'),
    firmware: told.optional().describe('For the evidence.'),
    expiresInHours: z.int().min(1).max(720).default(24),
  })
  .meta({
    id: 'NewProbe',
    examples: [{ exchange: 'fetchMicByType', consent: 'SEP001122334455', model: 'CP-8841', firmware: '14-2-1' }],
  });

export const probeSchema = z
  .object({
    id: z.int(),
    device: z.string(),
    exchange: z.string(),
    state: z.enum(['pending', 'running', 'done', 'cancelled', 'expired']),
    createdBy: z.string(),
    createdAt: moment,
    expiresAt: moment,
    endedAt: moment.nullable(),
    reason: z
      .string()
      .nullable()
      .describe('Of one that is cancelled although nobody took it back: the node that carried it out is gone.'),
    evidence: z.record(z.string(), z.unknown()).nullable().describe('Of one that is done: docs/probe.md describes it.'),
  })
  .meta({
    id: 'Probe',
    examples: [
      {
        id: 1,
        device: 'SEP001122334455',
        exchange: 'fetchMicByType',
        state: 'pending',
        createdBy: 'admin',
        createdAt: '2026-11-20T18:00:00.000Z',
        expiresAt: '2026-11-21T18:00:00.000Z',
        endedAt: null,
        reason: null,
        evidence: null,
      },
    ],
  });
