import { z } from 'zod';
import { moment, momentInQuery, pageSchema, paging, text } from './common.js';
import { lastOperationSchema, operationStates } from './operation.js';
import { capfSettingsShape, warningsSchema } from './security-profile.js';

export const deviceParams = z.object({
  name: z
    .string()
    .describe('SEP and 12 upper-case hexadecimal digits, or the name of a softphone.')
    .meta({ examples: ['SEP001122334455'] }),
});

/** What PUT takes: what is left out stays as it is. */
export const deviceSettingsSchema = z
  .strictObject({
    description: text(500).optional(),
    model: text(100).min(1).nullable().optional().describe('An unknown model counts as able.'),
    protocol: z.enum(['SIP', 'SCCP']).nullable().optional(),
    devicePool: text(100).min(1).nullable().optional(),
    securityProfile: text(100).min(1).nullable().optional().describe('The name of a security profile.'),
    capfSettings: z
      .strictObject(capfSettingsShape)
      .optional()
      .describe(
        'CAPF settings that are changed on the device: the profile that says so for its model and protocol, and else what its profile says, is applied, or made.',
      ),
    certificateIssuer: text(64)
      .min(1)
      .nullable()
      .optional()
      .describe(
        'Certificate Issuer to Endpoint: the name of an authority, or as the source documents say it (Offline CA); null: the default.',
      ),
    labels: z.array(text(64).min(1)).max(50).optional(),
    encryptedConfiguration: z
      .boolean()
      .nullable()
      .optional()
      .describe('TFTP Encrypted Config; null: as the security profile says.'),
  })
  .meta({
    id: 'DeviceSettings',
    examples: [{ description: 'Lobby', model: '8845', protocol: 'SIP', labels: ['building 3'] }, {}],
  });

const shownCertificateSchema = z
  .object({
    id: z.int(),
    type: z.enum(['LSC', 'MIC']),
    md5hash: z.string(),
    publicKeyMd5: z.string(),
    serial: z.string().describe('Hexadecimal.'),
    subject: z.string(),
    issuer: z.string(),
    notBefore: moment,
    notAfter: moment,
  })
  .describe('The certificate that the relation "device" shows: the installed LSC, else the MIC on record.');

const lastSessionSchema = z.object({
  id: z.int(),
  remoteAddress: z.string(),
  startedAt: moment,
  endedAt: moment.nullable(),
  outcome: z.string().nullable(),
  reason: z.string().nullable(),
});

const shape = {
  name: z.string(),
  kind: z.enum(['phone', 'softphone', 'applicationUser', 'endUser']),
  description: z.string(),
  model: z.string().nullable(),
  protocol: z.enum(['SIP', 'SCCP']).nullable(),
  devicePool: z.string().nullable(),
  securityProfile: z.string().nullable(),
  certificateIssuer: z
    .string()
    .nullable()
    .describe('Certificate Issuer to Endpoint: the name of an authority; null: the default.'),
  labels: z.array(z.string()),
  encryptedConfiguration: z.boolean().nullable().describe('Its own word; null: as the security profile says.'),
  filesEncrypted: z
    .boolean()
    .describe('Whether its files are encrypted: as it says itself, else as its security profile says, else not.'),
  resetRequired: z.boolean(),
  resetReason: z.string().nullable(),
  resetRequiredAt: moment.nullable(),
  md5hash: z.string().nullable().describe('MD5 over the certificate, as phones compare it; null until known.'),
  publicKeyMd5: z.string().nullable().describe('MD5 over the SubjectPublicKeyInfo; null until known.'),
  certificate: shownCertificateSchema.nullable(),
  lscGoneAt: moment.nullable().describe('When the phone was seen without the LSC that is on record.'),
  operation: lastOperationSchema.nullable().describe('The last operation, open or ended.'),
  lastSession: lastSessionSchema.nullable(),
  createdAt: moment,
  updatedAt: moment.describe(
    'Of the last change to what the relation "device" shows, or to what else files are made from.',
  ),
} as const;

const example = {
  name: 'SEP001122334455',
  kind: 'phone',
  description: 'Lobby',
  model: '8845',
  protocol: 'SIP',
  devicePool: null,
  securityProfile: null,
  certificateIssuer: null,
  labels: ['building 3'],
  encryptedConfiguration: null,
  filesEncrypted: false,
  resetRequired: true,
  resetReason: 'install queued',
  resetRequiredAt: '2026-11-20T18:00:00.000Z',
  md5hash: null,
  publicKeyMd5: null,
  certificate: null,
  lscGoneAt: null,
  operation: {
    id: 17,
    operation: 'install',
    state: 'pending',
    reasonCode: null,
    reason: null,
    completesBy: '2026-11-30T18:00:00.000Z',
    createdAt: '2026-11-20T18:00:00.000Z',
    endedAt: null,
  },
  lastSession: null,
  createdAt: '2026-11-20T17:59:00.000Z',
  updatedAt: '2026-11-20T18:00:00.000Z',
};

export const deviceSchema = z.object(shape).meta({ id: 'Device', examples: [example] });

export const savedDeviceSchema = z
  .object({ ...shape, warnings: warningsSchema })
  .meta({ id: 'SavedDevice', examples: [{ ...example, warnings: [] }] });

export const devicePageSchema = pageSchema(deviceSchema).meta({ id: 'DevicePage' });

export const deviceQuery = z.strictObject({
  ...paging,
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be the beginning of a device name')
    .optional()
    .describe('What the name begins with.'),
  state: z.enum(operationStates).optional().describe('State of the last operation.'),
  lsc: z
    .enum(['installed', 'none', 'gone'])
    .optional()
    .describe('Whether an LSC is on record; "gone": the phone was seen without it.'),
  lscExpiresBefore: momentInQuery.optional().describe('Whose installed LSC ends before this; the soonest come first.'),
  model: text(100).optional(),
  devicePool: text(100).optional(),
  securityProfile: text(100).optional().describe('The name of a security profile.'),
  certificateIssuer: text(64)
    .min(1)
    .optional()
    .describe('The name of an authority that is theirs; "default": whose is null, and so the default one.'),
  configurationFetched: z
    .enum(['current', 'old', 'never'])
    .optional()
    .describe(
      'What the phone fetched last of its full configuration file from us: as it would be served now, or an older one.',
    ),
  trustListFetched: z
    .enum(['current', 'old', 'never'])
    .optional()
    .describe('The same of its trust lists: who still has an old one?'),
  resetRequired: z
    .enum(['true', 'false'])
    .transform((given) => given === 'true')
    .optional(),
});
