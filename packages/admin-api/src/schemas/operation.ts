import { authenticationModes, keyOrders, operationKinds } from '@opencapf/enrollment';
import { z } from 'zod';
import { authorityRequestSchema } from './authority-request.js';
import { moment, pageSchema, paging, rowNumber, text, yesOrNo } from './common.js';
import { warningsSchema } from './security-profile.js';

export const operationStates = [
  'pending',
  'inProgress',
  'waitingForAuthority',
  'successful',
  'failed',
  'expired',
  'cancelled',
] as const;

const word = text(100);

/** What POST takes. Words are checked by the rules of queueing, which know those of the source documents too. */
export const newOperationSchema = z
  .strictObject({
    operation: word.describe(`${operationKinds.join(', ')}, or as the source documents say it (Install/Upgrade).`),
    authenticationMode: word
      .optional()
      .describe(
        `${authenticationModes.join(', ')}, or as the source documents say it (By Null String). Left out, as the other settings may be: as the security profile of the device says.`,
      ),
    authenticationString: z
      .string()
      .max(100)
      .optional()
      .describe(
        '4 to 10 digits, with the mode authenticationString. Left out: 8 digits are made, and shown in the answer.',
      ),
    keyOrder: word.optional().describe(`${keyOrders.join(', ')}. Default: as the security profile says, else rsaOnly.`),
    rsaKeySize: z
      .int()
      .optional()
      .describe('512, 1024, 2048, 3072 or 4096 bits. Default: as the security profile says, else 2048.'),
    ecKeySize: z.int().optional().describe('256, 384 or 521 bits. Default: as the security profile says, else 256.'),
    completesBy: word
      .optional()
      .describe('Operation Completes By: ISO 8601 with Z or an offset, or YYYY:MM:DD:HH in UTC.'),
    allowedNetworks: z
      .array(text(64))
      .max(100)
      .optional()
      .describe(
        'With the mode nullString: addresses and networks (CIDR) that the phone must come from. Default: anywhere.',
      ),
    replace: z.boolean().optional().describe('Whether it takes the place of an open one, which is cancelled then.'),
  })
  .meta({
    id: 'NewOperation',
    examples: [
      { operation: 'install', authenticationMode: 'authenticationString', authenticationString: '12345' },
      { operation: 'install', authenticationMode: 'nullString', keyOrder: 'ecPreferred', ecKeySize: 384 },
      { operation: 'install', authenticationMode: 'nullString', allowedNetworks: ['10.20.0.0/16', '2001:db8::/32'] },
      { operation: 'delete', authenticationMode: 'By Null String', completesBy: '2027:01:31:18', replace: true },
    ],
  });

const identity = {
  id: z.int(),
  operation: z.enum(operationKinds),
} as const;

const course = {
  state: z.enum(operationStates),
  reasonCode: z.string().nullable().describe('Why it ended so, or why the last attempt did not end it.'),
  reason: z.string().nullable().describe('The same in words.'),
  completesBy: moment,
  createdAt: moment,
  endedAt: moment.nullable(),
} as const;

/** The last operation of a device. */
export const lastOperationSchema = z.object({ ...identity, ...course });

const recordShape = {
  ...identity,
  device: z.string(),
  authenticationMode: z.enum(authenticationModes),
  keyOrder: z.enum(keyOrders),
  rsaKeySize: z.int(),
  ecKeySize: z.int(),
  ...course,
  report: z.record(z.string(), z.unknown()).nullable().describe('What a troubleshoot found.'),
  wrongStrings: z.int().describe('How many wrong authentication strings were tried.'),
  allowedNetworks: z.array(z.string()).nullable().describe('Where the phone must come from; null for anywhere.'),
  addressChangedFrom: z
    .string()
    .nullable()
    .describe('By null string: where the device came from before, when its LSC went to another address.'),
  sessionId: z.int().nullable().describe('The session that works on it or did last.'),
  createdBy: z.string(),
  startedAt: moment.nullable(),
} as const;

const example = {
  id: 17,
  operation: 'install',
  device: 'SEP001122334455',
  authenticationMode: 'authenticationString',
  keyOrder: 'rsaOnly',
  rsaKeySize: 2048,
  ecKeySize: 256,
  state: 'pending',
  reasonCode: null,
  reason: null,
  completesBy: '2026-11-30T18:00:00.000Z',
  createdAt: '2026-11-20T18:00:00.000Z',
  endedAt: null,
  report: null,
  wrongStrings: 0,
  allowedNetworks: null,
  addressChangedFrom: null,
  sessionId: null,
  createdBy: 'first start',
  startedAt: null,
};

/** An operation, without its authentication string. */
export const operationSchema = z.object(recordShape).meta({ id: 'Operation', examples: [example] });

export const queuedOperationSchema = z
  .object({
    ...recordShape,
    authenticationString: z.string().optional().describe('Only where it was made here.'),
    warnings: warningsSchema,
  })
  .meta({ id: 'QueuedOperation', examples: [{ ...example, authenticationString: '40718265', warnings: [] }] });

export const operationWithHistorySchema = z
  .object({
    ...recordShape,
    history: z.array(
      z.object({
        at: moment,
        state: z.enum(operationStates),
        reasonCode: z.string().nullable(),
        reason: z.string().nullable(),
        sessionId: z.int().nullable(),
      }),
    ),
    authorityRequests: z
      .array(authorityRequestSchema)
      .describe(
        'What authorities elsewhere were asked for it, the newest first, 20 at most. POST /v1/authority-requests/{id}/retry has one tried now.',
      ),
  })
  .meta({
    id: 'OperationWithHistory',
    examples: [
      {
        ...example,
        history: [
          { at: '2026-11-20T18:00:00.000Z', state: 'pending', reasonCode: null, reason: null, sessionId: null },
        ],
        authorityRequests: [],
      },
    ],
  });

export const operationPageSchema = pageSchema(operationSchema).meta({ id: 'OperationPage' });

export const operationParams = z.object({ id: rowNumber });

export const operationQuery = z.strictObject({
  ...paging,
  device: text(128).optional().describe('The whole name.'),
  state: z.enum(operationStates).optional(),
  authenticationMode: z.enum(authenticationModes).optional(),
  open: yesOrNo.optional().describe('Whether it has not ended: pending, inProgress or waitingForAuthority.'),
  addressChanged: yesOrNo
    .optional()
    .describe('Whether its LSC went to another address than the device came from before.'),
});

export const authenticationStringSchema = z
  .object({ authenticationString: z.string() })
  .meta({ id: 'AuthenticationString', examples: [{ authenticationString: '40718265' }] });

export const cancelSchema = z
  .strictObject({ reason: text(500).optional().describe('For whoever reads the operation later.') })
  .nullish()
  .meta({ id: 'Cancellation', examples: [{ reason: 'The phone was swapped.' }] });
