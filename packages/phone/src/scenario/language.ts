import { commandNames, legalOrder, type StateName } from '@opencapf/protocol';
import { z } from 'zod';
import type { Outcome } from '../outcome.js';
import type { RequestSigning } from '../request-signature.js';
import type { Departure, Stage } from '../stage.js';
import { durationPattern } from './duration.js';
import { keyNames } from './key-name.js';

/**
 * The language of scenario files, declared once: from here come the types, the checks and the published JSON schema.
 * `docs/scenarios.md` tells it in prose. A step is named by its first key; what goes with it stands beside that.
 */

const outcomes = {
  installed: 1,
  deleted: 1,
  fetched: 1,
  nothingFetched: 1,
  nothingPending: 1,
  refused: 1,
  unknownDevice: 1,
  ended: 1,
  storeRejected: 1,
  notKept: 1,
  connectionFault: 1,
  tlsFault: 1,
  protocolFault: 1,
  left: 1,
} as const satisfies Record<Outcome['kind'], 1>;

const departures = {
  reset: 1,
  destroy: 1,
  close: 1,
  halfClose: 1,
  silence: 1,
} as const satisfies Record<Departure, 1>;

const signings = {
  signs: 1,
  refuses: 1,
  signsWrongly: 1,
  closes: 1,
} as const satisfies Record<RequestSigning, 1>;

const stages = ['handshaking', ...(Object.keys(legalOrder) as StateName[])] as const satisfies readonly Stage[];

function namesOf<Name extends string>(table: Readonly<Record<Name, 1>>): [Name, ...Name[]] {
  return Object.keys(table) as [Name, ...Name[]];
}

const text = z.string().min(1);
const duration = z
  .string()
  .regex(durationPattern, 'must be a duration such as 500ms, 2s or 1min')
  .describe('500ms, 2s, 1min');
const label = text.describe('what further steps call it');
const stage = z.enum(stages);

/** What must be found. A text between slashes is a regular expression; null is nothing; a mapping may have further keys. */
const expected = z.unknown();

function expectations<const Name extends string>(...names: readonly Name[]) {
  const fields = Object.fromEntries(names.map((name) => [name, expected.optional()]));
  return z.strictObject(fields as Record<Name, z.ZodOptional<z.ZodUnknown>>);
}

const answerExpectation = z.strictObject({
  status: z.int().optional().describe('HTTP status; without it any of 200 to 299'),
  code: expected.optional().describe('code of the problem document'),
  body: expected.optional(),
});

const deviceStep = z.strictObject({
  device: text.describe('name of a device to create, or to change if this scenario made it; it is deleted at the end'),
  settings: z.record(z.string(), z.unknown()).optional().describe('body of PUT /v1/devices/{name}'),
  expect: answerExpectation.optional(),
});

const queueStep = z.strictObject({
  queue: text.describe('name of the device'),
  operation: text.describe('install, delete or troubleshoot'),
  authenticationMode: text.optional().describe('without it: authenticationString if there is one, else nullString'),
  authenticationString: z.string().optional(),
  keyOrder: text.optional(),
  rsaKeySize: z.int().optional(),
  ecKeySize: z.int().optional(),
  completesBy: text.optional().describe('a time, or "in 2s"'),
  allowedNetworks: z.array(text).optional().describe('where a phone by null string must come from, CIDR'),
  replace: z.boolean().optional(),
  expect: answerExpectation.optional(),
});

const cancelStep = z.strictObject({
  cancel: text.describe('name of the device whose operation is cancelled'),
  expect: answerExpectation.optional(),
});

const requestStep = z.strictObject({
  request: z
    .string()
    .regex(/^(GET|PUT|POST|DELETE|PATCH) \/\S+$/, 'must be a method and a path, such as GET /v1/devices')
    .describe('method and path'),
  type: text.optional().describe('content type of the body; application/json without it'),
  body: z.unknown().optional(),
  as: label.optional().describe('each key of the answer becomes a variable AS.KEY'),
  expect: answerExpectation,
});

const commandName = z.enum(commandNames as readonly [string, ...string[]]);

const answer = z.union([
  z.literal('nothing').describe('says nothing in its place, and goes on as if it had'),
  z.strictObject({ reason: z.int().min(0).max(255) }).describe('the same message with another reason alone'),
  z
    .strictObject({ bytes: z.string().regex(/^([0-9a-f]{2}\s*)+$/i, 'must be hexadecimal') })
    .describe('these bytes, hex'),
]);

const pause = z.union([duration, z.strictObject({ until: text.describe('an event: "LABEL STAGE", or a mark') })]);

const key = z.enum(keyNames);

const given = z
  .strictObject({
    from: text.describe('label of a maker'),
    name: text.optional().describe('its common name; the device name without it'),
    key: key.optional().describe('EC P-256 without it'),
    expired: z.boolean().optional(),
  })
  .describe('a certificate that the phone has from now on');

const proofDamage = z.enum(['certificate', 'signedData', 'noSignedData', 'sha2SignedData', 'noSha2SignedData', 'sudi']);

const proof = z.strictObject({
  by: z
    .enum(['lsc', 'mic', 'lscFirst', 'micFirst'])
    .describe('lscFirst and micFirst take the other one where the phone has not this one'),
  sudi: z.enum(['lsc', 'mic', 'none']).optional().describe('without it: by the MIC, where its key is RSA'),
  digest: z.enum(['SHA-256', 'SHA-512']).optional().describe('of the second signature; SHA-512 without it'),
  damage: proofDamage.optional().describe('what is wrong with it'),
});

const phoneStep = z.strictObject({
  phone: text.describe('device name that the phone gives'),
  as: label.optional().describe('tells phones of one name apart; the name without it'),
  version: z.union([z.literal(2), z.literal(3)]).optional(),
  authString: z.string().optional(),
  mic: given.optional(),
  lsc: given.optional(),
  proof: proof.optional().describe('proves itself with a certificate that it has'),
  sayReason: z.int().min(0).max(255).optional().describe('REASON of AUTH_RESPONSE; 1 without it'),
  tls: z.enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']).optional().describe('the only version it speaks'),
  ciphers: text.optional().describe("OpenSSL's list"),
  timeout: duration.optional().describe('how long it waits for each answer; 10s without it'),
  holds: text
    .optional()
    .describe('"nothing": as after a factory reset; or a label of "remember": what that visit left it with'),
  remember: label.optional().describe('keeps what it holds after this visit under a name'),
  reportsProgress: z.int().min(0).max(10_000).optional().describe('further REQUEST_IN_PROGRESS while it makes the key'),
  makesKey: key.optional().describe('makes this key, whatever it is asked for'),
  usesKeyOf: text.optional().describe('label of a phone whose key it has copied'),
  cannotMake: z.array(z.enum(['RSA', 'EC'])).optional(),
  stores: z.boolean().optional().describe('false: it can write down nothing and answers "not stored"'),
  signing: z
    .enum(namesOf(signings))
    .optional()
    .describe('when it is told to sign a request (provisional); signs without it'),
  comesAgain: z
    .strictObject({ times: z.int().min(1).max(1_000), after: duration })
    .optional()
    .describe('after a communication failure, with what it holds; what it expects is of its last visit'),
  waits: z.partialRecord(commandName, pause).optional().describe('before it sends a message'),
  answers: z.partialRecord(commandName, answer).optional().describe('wrong answers in the place of messages'),
  leaves: z.strictObject({ at: stage, by: z.enum(namesOf(departures)).optional() }).optional(),
  expect: z.strictObject({
    outcome: z.enum(namesOf(outcomes)),
    reason: expected.optional().describe('of END_SESSION; null: it did not come'),
    code: expected.optional().describe('of the fault'),
    stage: expected.optional(),
    message: expected.optional(),
    heard: expected.optional().describe('the commands of the server, in order'),
    asked: expected.optional().describe('the keys that it was asked for, in order'),
    visits: expected.optional().describe('how often it came'),
    shown: expected.optional(),
    tls: expectations('version', 'cipher', 'verified').optional(),
    certificate: expectations(
      'key',
      'subject',
      'issuer',
      'issuedBy',
      'serial',
      'validDays',
      'isCa',
      'keyUsage',
      'extendedKeyUsage',
      'md5hash',
      'publicKeyMd5',
    )
      .nullable()
      .optional()
      .describe('the LSC that it holds afterwards; null: none'),
  }),
});

const checkStep = z.strictObject({
  check: text.describe('name of the device'),
  within: duration.optional().describe('how long it may take to become so; 5s without it'),
  operation: expected.optional().describe('GET /v1/operations/{id} of its last one'),
  row: expectations('md5hash', 'publicKeyMd5', 'certificateType', 'resetRequired')
    .optional()
    .describe('what the relation "device" says, over REST and, of a private service, in SQL'),
  record: expected.optional().describe('GET /v1/devices/{name}'),
  lastSession: expected.optional(),
  certificates: z.array(expected).optional().describe('its newest ones, the newest first'),
  sessions: z.array(expected).optional().describe('likewise'),
});

const waitStep = z.strictObject({ wait: pause });

const markStep = z.strictObject({ mark: text.describe('an event that others wait for') });

const makerStep = z.strictObject({
  maker: label.describe('somebody who makes certificates for phones: a factory, or another cluster'),
  trusted: z
    .enum(['mic', 'foreignCapf', 'lscIssuer'])
    .optional()
    .describe('puts it into the trust store, for this; it is taken out at the end'),
  allowExpired: z.boolean().optional(),
  expect: answerExpectation.optional(),
});

const togetherStep = z.strictObject({
  get together() {
    return z.array(z.union([step, z.array(step)])).describe('steps, or lists of steps, that go on at the same time');
  },
});

/** The kinds of step by the key that names them. */
export const stepKinds = {
  device: deviceStep,
  queue: queueStep,
  phone: phoneStep,
  check: checkStep,
  cancel: cancelStep,
  maker: makerStep,
  request: requestStep,
  wait: waitStep,
  mark: markStep,
  together: togetherStep,
} as const;

const step = z.union([
  deviceStep,
  queueStep,
  phoneStep,
  checkStep,
  cancelStep,
  makerStep,
  requestStep,
  waitStep,
  markStep,
  togetherStep,
]);

/** One scenario, after its variables were put in. */
export const scenarioSchema = z.strictObject({
  name: text,
  each: z
    .array(z.record(z.string(), z.unknown()))
    .min(1)
    .optional()
    .describe('the scenario is run once for each of these sets of variables'),
  steps: z.array(step).min(1),
});

/** A scenario file. */
export const scenarioFileSchema = z.strictObject({
  service: z
    .record(z.string().regex(/^OPENCAPF_[A-Z0-9_]+$/, 'must be a setting'), z.union([z.string(), z.number()]))
    .optional()
    .describe('settings of the private service that these scenarios need'),
  scenarios: z.array(scenarioSchema).min(1),
});

export type Answer = z.infer<typeof answer>;
export type AnswerExpectation = z.infer<typeof answerExpectation>;
export type CancelStep = z.infer<typeof cancelStep>;
export type CheckStep = z.infer<typeof checkStep>;
export type DeviceStep = z.infer<typeof deviceStep>;
export type GivenCertificate = z.infer<typeof given>;
export type MakerStep = z.infer<typeof makerStep>;
export type Pause = z.infer<typeof pause>;
export type PhoneStep = z.infer<typeof phoneStep>;
export type ProofDamage = z.infer<typeof proofDamage>;
export type QueueStep = z.infer<typeof queueStep>;
export type RequestStep = z.infer<typeof requestStep>;
export type Step = z.infer<typeof step>;
