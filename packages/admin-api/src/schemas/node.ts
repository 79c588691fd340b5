import { z } from 'zod';
import { moment } from './common.js';

const processShape = {
  id: z.uuid().describe('A new one at each start.'),
  processId: z.int().nullable(),
  startedAt: moment,
  heartbeatAt: moment,
  alive: z
    .boolean()
    .describe('Whether it was heard of in the last minute. One that was not is soon gone from the list.'),
  drainingSince: moment.nullable().describe('Since when it takes no new phones; null while it does.'),
  liveSessions: z.int().describe('Sessions of phones that have introduced themselves and not ended.'),
  clockOffsetMs: z
    .number()
    .nullable()
    .describe("By how many milliseconds the machine's clock is ahead of PostgreSQL's; null before the second beat."),
} as const;

const example = {
  id: '7f6f0c6a-8d4e-4c1b-9a52-3f1c7e0b6a11',
  processId: 4711,
  startedAt: '2026-11-20T18:00:00.000Z',
  heartbeatAt: '2026-11-20T18:30:10.000Z',
  alive: true,
  drainingSince: null,
  liveSessions: 12,
  clockOffsetMs: -2,
};

const nodeSchema = z
  .object({
    ...processShape,
    host: z.string(),
    version: z.string(),
    workers: z
      .array(z.object({ ...processShape, number: z.int() }))
      .describe('Its processes that serve phones, where OPENCAPF_WORKERS is more than 1; then it serves none itself.'),
  })
  .meta({ id: 'Node', examples: [{ ...example, host: 'capf-1', version: '0.1.0', workers: [] }] });

export const nodeListSchema = z.object({ items: z.array(nodeSchema) }).meta({ id: 'NodeList' });
