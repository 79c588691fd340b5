import { authenticationModes, keyOrders } from '@opencapf/enrollment';
import { z } from 'zod';
import { givenName, moment, pageSchema, paging, text, yesOrNo } from './common.js';

const word = text(100);
export const securityModes = ['nonSecure', 'authenticated', 'encrypted'] as const;

/** What was done all the same, and should be looked at. */
export const warningsSchema = z
  .array(z.object({ code: z.string(), message: z.string() }))
  .describe('What the source documents warn of in these settings; done all the same.');

/** `?force=true` of calls that look at what a model can. */
export const forceQuery = z.strictObject({
  force: yesOrNo.optional().describe('Whether what is not known to work, for the model or here, is done all the same.'),
});

/** The CAPF settings of a phone. Words are checked by the rules of queueing, which know those of the source documents too. */
export const capfSettingsShape = {
  authenticationMode: word
    .optional()
    .describe(`${authenticationModes.join(', ')}, or as the source documents say it (By Null String).`),
  keyOrder: word.optional().describe(`${keyOrders.join(', ')}, or as the source documents say it.`),
  rsaKeySize: z.literal([512, 1024, 2048, 3072, 4096]).optional().describe('Bits.'),
  ecKeySize: z.literal([256, 384, 521]).optional().describe('Bits.'),
} as const;

const settings = {
  description: text(500).optional(),
  model: text(100).min(1).nullable().optional().describe('Null: for any model. An unknown one counts as able.'),
  protocol: z.enum(['SIP', 'SCCP']).nullable().optional().describe('Null: for either.'),
  deviceSecurityMode: word.optional().describe('nonSecure, authenticated or encrypted, or Non Secure and so on.'),
  encryptedConfiguration: z.boolean().optional().describe('TFTP Encrypted Config.'),
  excludeDigestCredentials: z.boolean().optional().describe('Exclude Digest Credentials in Configuration File.'),
  ...capfSettingsShape,
  certificateIssuer: text(64)
    .min(1)
    .nullable()
    .optional()
    .describe(
      'Certificate Issuer to Endpoint: the name of an authority, or as the source documents say it; null: the default.',
    ),
  capfServers: z
    .array(text(64))
    .max(5)
    .optional()
    .describe('host[:port] that its phones are to reach CAPF at, as OPENCAPF_CAPF_SERVERS; none: as the site says.'),
} as const;

const name = givenName(100);

export const newProfileSchema = z.strictObject({ name, ...settings }).meta({
  id: 'NewSecurityProfile',
  examples: [
    { name: 'Cisco 8845 - SIP Encrypted Config', model: '8845', protocol: 'SIP', encryptedConfiguration: true },
    {
      name: 'Lobby',
      deviceSecurityMode: 'Encrypted',
      authenticationMode: 'By Existing Certificate (Precedence to LSC)',
    },
  ],
});

export const profileChangeSchema = z
  .strictObject({ name: name.optional().describe('Renames it; its devices keep it.'), ...settings })
  .meta({ id: 'SecurityProfileChange', examples: [{ encryptedConfiguration: true }, { name: 'Lobby phones' }] });

const shape = {
  name: z.string(),
  description: z.string(),
  model: z.string().nullable(),
  protocol: z.enum(['SIP', 'SCCP']).nullable(),
  predefined: z.boolean().describe('Non-secure, of the service itself: neither changed nor deleted.'),
  deviceSecurityMode: z.enum(securityModes),
  encryptedConfiguration: z
    .boolean()
    .nullable()
    .describe(
      'TFTP Encrypted Config; null: nothing is said, as of profiles that were made of what devices named before there were any.',
    ),
  excludeDigestCredentials: z.boolean(),
  authenticationMode: z.enum(authenticationModes),
  keyOrder: z.enum(keyOrders),
  rsaKeySize: z.int(),
  ecKeySize: z.int(),
  certificateIssuer: z.string().nullable(),
  capfServers: z.array(z.string()),
  createdAt: moment,
  updatedAt: moment,
} as const;

const example = {
  name: 'Cisco 8845 - SIP Encrypted Config',
  description: '',
  model: '8845',
  protocol: 'SIP' as const,
  predefined: false,
  deviceSecurityMode: 'nonSecure' as const,
  encryptedConfiguration: true,
  excludeDigestCredentials: false,
  authenticationMode: 'nullString' as const,
  keyOrder: 'rsaOnly' as const,
  rsaKeySize: 2048,
  ecKeySize: 256,
  certificateIssuer: null,
  capfServers: [],
  createdAt: '2026-11-20T18:00:00.000Z',
  updatedAt: '2026-11-20T18:00:00.000Z',
};

const devices = z.int().describe('How many have it.');

export const profileSchema = z
  .object({ ...shape, devices })
  .meta({ id: 'SecurityProfile', examples: [{ ...example, devices: 12 }] });

export const savedProfileSchema = z
  .object({ ...shape, devices, warnings: warningsSchema })
  .meta({ id: 'SavedSecurityProfile', examples: [{ ...example, devices: 0, warnings: [] }] });

const listedProfileSchema = z.object(shape).meta({ id: 'ListedSecurityProfile', examples: [example] });

export const profilePageSchema = pageSchema(listedProfileSchema).meta({ id: 'SecurityProfilePage' });

export const profileParams = z.object({ profile: name.describe('Its name.') });

export const profileQuery = z.strictObject({
  ...paging,
  model: text(100).optional().describe('As it is written in the profile.'),
  protocol: z.enum(['SIP', 'SCCP']).optional(),
  predefined: yesOrNo.optional(),
});
