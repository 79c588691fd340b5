import type { Readable } from 'node:stream';
import { z } from 'zod';
import { moment, pageSchema, paging, rowNumber, text, yesOrNo } from './common.js';

export const authorityRequestSchema = z
  .object({
    id: z.int().describe('That of the certificate that it is for.'),
    authority: z.string(),
    device: z.string(),
    operationId: z.int().nullable(),
    state: z
      .enum(['waiting', 'sending', 'pending', 'lost', 'issued', 'denied', 'failed', 'abandoned'])
      .describe(
        'waiting: to be sent. sending: a node sends it now. pending: the authority decides in its own time. lost: it may have been taken, which is to be found out. The others have ended.',
      ),
    reference: z.string().describe('Our own name for it.'),
    pollReference: z.string().nullable().describe("The authority's name for it."),
    attempts: z.int(),
    nextAttemptAt: moment
      .nullable()
      .describe("Null when it has ended, a node is at it now, or it waits for somebody's hand."),
    reasonCode: z.string().nullable().describe('What came of the last attempt.'),
    reason: z.string().nullable().describe('The same in words, with what to change.'),
    createdAt: moment,
    sentAt: moment.nullable(),
    endedAt: moment.nullable(),
  })
  .meta({
    id: 'AuthorityRequest',
    examples: [
      {
        id: 5,
        authority: 'Site CA',
        device: 'SEP001122334455',
        operationId: 17,
        state: 'waiting',
        reference: '3f2a91c05d0e4b7f9a6c1d2e3f405162',
        pollReference: null,
        attempts: 2,
        nextAttemptAt: '2026-11-20T18:01:30.000Z',
        reasonCode: 'authority-unreachable',
        reason:
          'The certificate authority cannot be reached. Check host and port in its settings, DNS, and the firewall between.',
        createdAt: '2026-11-20T18:00:00.000Z',
        sentAt: null,
        endedAt: null,
      },
    ],
  });

export const authorityRequestPageSchema = pageSchema(authorityRequestSchema).meta({ id: 'AuthorityRequestPage' });

export const authorityRequestQuery = z.strictObject({
  ...paging,
  authority: text(64).min(1).optional().describe('The number or the name of an authority.'),
  device: text(128).optional().describe('The whole name.'),
  operation: z.coerce.number().int().min(1).optional().describe('The number of an operation.'),
  state: authorityRequestSchema.shape.state.optional(),
  open: yesOrNo.optional().describe('Whether it has not ended.'),
});

export const authorityRequestParams = z.object({ id: rowNumber });

/** Two files each in a zip, whose number of files has 16 bits (APPNOTE, 4.3.16). */
const mostPendingRequests = 30_000;

/** Made while it is sent. */
export const pendingRequestsSchema = z.custom<Readable>().meta({ type: 'string', format: 'binary' });

export const pendingRequestsQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(mostPendingRequests)
    .default(mostPendingRequests)
    .describe('Requests at most, the newest ones.'),
});

export const takenCertificatesSchema = z
  .object({
    items: z.array(
      z.object({
        file: z.string().nullable().describe('Of a zip: the name within it.'),
        subject: z.string().nullable(),
        serial: z.string().nullable().describe('Hexadecimal.'),
        outcome: z
          .enum(['taken', 'takenLate', 'known', 'unknownKey', 'refused'])
          .describe(
            'taken: the phone fetches it when it comes next. takenLate: on record, and nobody waits for it any more. known: one is on record for this request. unknownKey: no authority was asked for a certificate of its key. refused: the code says why.',
          ),
        device: z.string().nullable(),
        code: z.string().nullable(),
        reason: z.string().nullable(),
      }),
    ),
  })
  .meta({
    id: 'TakenCertificates',
    examples: [
      {
        items: [
          {
            file: null,
            subject: 'CN=SEP001122334455',
            serial: '5f0d6c2b9a8e4d71',
            outcome: 'taken',
            device: 'SEP001122334455',
            code: null,
            reason: null,
          },
        ],
      },
    ],
  });
