import { z } from 'zod';
import { moment, momentInQuery, pageSchema, paging, text } from './common.js';

export const auditEntrySchema = z
  .object({
    id: z.int(),
    at: moment,
    actor: z.string(),
    remoteAddress: z.string().nullable(),
    action: z.string(),
    subjectKind: z.string().nullable(),
    subject: z.string().nullable(),
    outcome: z.string(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({
    id: 'AuditEntry',
    examples: [
      {
        id: 208,
        at: '2026-11-20T18:00:00.000Z',
        actor: 'first start',
        remoteAddress: '127.0.0.1',
        action: 'operation.queue',
        subjectKind: 'device',
        subject: 'SEP001122334455',
        outcome: 'done',
        detail: { operation: 17, kind: 'install' },
      },
    ],
  });

export const auditPageSchema = pageSchema(auditEntrySchema).meta({ id: 'AuditPage' });

export const auditQuery = z.strictObject({
  ...paging,
  actor: text(200).optional().describe('Who did it: the name of a token, a device, or "system".'),
  subject: text(200).optional().describe('What it was done to, such as the name of a device.'),
  action: text(100).optional().describe('Such as "operation.queue".'),
  outcome: text(100).optional().describe('"done", "refused" or "failed".'),
  remoteAddress: text(100).optional().describe('Where it came from, as it stands in the list.'),
  from: momentInQuery.optional().describe('No entry before this moment.'),
  until: momentInQuery.optional().describe('No entry at or after this moment.'),
});
