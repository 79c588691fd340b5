import { z } from 'zod';
import { moment, pageSchema, paging, yesOrNo } from './common.js';

export const sessionSchema = z
  .object({
    id: z.int(),
    wireId: z.int().describe('The number on the wire.'),
    nodeId: z.string(),
    device: z.string().nullable(),
    remoteAddress: z.string(),
    remotePort: z.int(),
    listener: z.string(),
    tlsVersion: z.string().nullable(),
    cipher: z.string().nullable(),
    capfVersion: z.int().nullable(),
    phoneReason: z.int().nullable().describe('Why the phone came, in its own number.'),
    operationId: z.int().nullable(),
    startedAt: moment,
    authenticatedAt: moment.nullable(),
    endedAt: moment.nullable(),
    outcome: z.string().nullable(),
    endReason: z.int().nullable().describe('The reason given on the wire.'),
    reason: z.string().nullable(),
    steps: z.array(z.object({ state: z.string(), at: z.string() })),
  })
  .meta({
    id: 'Session',
    examples: [
      {
        id: 31,
        wireId: 305419896,
        nodeId: '6f1c2d4e-0b7a-4c59-9a3e-2f8d1b6c7e50',
        device: 'SEP001122334455',
        remoteAddress: '192.0.2.17',
        remotePort: 49152,
        listener: 'capf',
        tlsVersion: 'TLSv1.2',
        cipher: 'AES256-GCM-SHA384',
        capfVersion: 3,
        phoneReason: 1,
        operationId: 17,
        startedAt: '2026-11-20T18:00:00.000Z',
        authenticatedAt: '2026-11-20T18:00:00.200Z',
        endedAt: '2026-11-20T18:00:01.000Z',
        outcome: 'successful',
        endReason: 0,
        reason: null,
        steps: [{ state: 'authenticating', at: '2026-11-20T18:00:00.100Z' }],
      },
    ],
  });

export const sessionPageSchema = pageSchema(sessionSchema).meta({ id: 'SessionPage' });
export const sessionsOfDeviceQuery = z.strictObject(paging);
export const sessionQuery = z.strictObject({
  ...paging,
  unknownDevice: yesOrNo
    .optional()
    .describe('Only sessions of devices that nobody knows, or that gave no name that could be read.'),
});
