import { authorityKinds } from '@opencapf/authority';
import { z } from 'zod';
import { moment, momentInQuery, pageSchema, paging, rowNumber, text } from './common.js';

const acceptExpiredUntil = "Until when LSCs that it signed prove a phone's identity after their end; null: not at all.";

/** A name never consists of digits alone: calls take a number or a name in the same place. */
export const authorityName = text(64)
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u,
    'must begin with a letter or digit, and hold letters, digits, " ", ".", "_" and "-" only',
  )
  .regex(/\P{Nd}/u, 'must not consist of digits alone')
  .refine((name) => name !== 'default', 'is a word that calls use for the default authority');

export const authorityParams = z.object({
  authority: z
    .union([rowNumber, text(64).min(1)])
    .describe('Its number or its name.')
    .meta({ examples: ['local'] }),
});

export const authoritySchema = z
  .object({
    id: z.int(),
    name: z.string(),
    kind: z
      .enum(authorityKinds)
      .describe('"local": the key is here. "offline": requests and certificates travel by hand.'),
    state: z
      .enum(['staged', 'active', 'retired'])
      .describe('"staged": in trust bundles, and signs nothing yet. "retired": verifies proofs and never signs.'),
    isDefault: z.boolean().describe('Whether it signs for devices whose "certificateIssuer" is null.'),
    subject: z.string().nullable().describe('Null as long as an authority elsewhere has not shown its certificate.'),
    notBefore: moment.nullable(),
    notAfter: moment.nullable(),
    sha256: z.string().nullable().describe('SHA-256 over the DER, hexadecimal.'),
    chain: z.array(z.string()).describe('Subjects of the certificates above it, from its issuer upwards.'),
    configuration: z
      .record(z.string(), z.unknown())
      .describe('How it is asked; each kind has its own, without secrets.'),
    secretsSet: z.array(z.string()).describe('The names of the secrets that are set; they themselves are never shown.'),
    acceptExpiredUntil: moment.nullable().describe(acceptExpiredUntil),
    installedLscs: z.int().describe('LSCs of it that are installed now.'),
    cutShort: z
      .int()
      .describe('Those of them that end with its own certificate, because that lives shorter than LSCs do.'),
    openRequests: z.int().describe('Requests to it that have not ended.'),
    createdAt: moment,
    activatedAt: moment.nullable(),
    retiredAt: moment.nullable(),
  })
  .meta({
    id: 'Authority',
    examples: [
      {
        id: 1,
        name: 'local',
        kind: 'local',
        state: 'active',
        isDefault: true,
        subject: 'CN=CAPF-3f2a91c0',
        notBefore: '2026-11-20T17:00:00.000Z',
        notAfter: '2046-11-15T17:00:00.000Z',
        sha256: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
        chain: [],
        configuration: {},
        secretsSet: [],
        acceptExpiredUntil: null,
        installedLscs: 412,
        cutShort: 0,
        openRequests: 0,
        createdAt: '2026-11-20T17:00:00.000Z',
        activatedAt: '2026-11-20T17:00:00.000Z',
        retiredAt: null,
      },
    ],
  });

const confirmed = z
  .boolean()
  .default(false)
  .describe(
    'That whoever verifies LSCs has the trust bundle that holds it, which cannot be seen from here. Without it nothing is done.',
  );

export const authorityActivationSchema = z
  .strictObject({
    confirmed,
    override: z
      .boolean()
      .default(false)
      .describe(
        'Of one that is a CAPF certificate too: go on without devices that have not fetched the trust list that holds it.',
      ),
    makeDefault: z.boolean().default(false).describe("Whether it takes the default's place in the same moment."),
  })
  .meta({ id: 'AuthorityActivation', examples: [{ confirmed: true, makeDefault: true }] });

const settingsOfKind = z
  .record(z.string().max(64), z.unknown())
  .default({})
  .describe('How it is asked; each kind has its own (docs/authorities.md). Without secrets.');

const secretsOfKind = z
  .record(z.string().max(64), z.string().max(1_400_000))
  .default({})
  .describe('Such as "password"; kept encrypted, never shown.');

const lscTrust = z
  .string()
  .max(131_072)
  .describe('PEM of the certificate that LSCs are signed by, and of those above it.');

/** What POST takes. Settings are checked by the kind's own rules. */
export const newAuthoritySchema = z
  .strictObject({
    name: authorityName,
    kind: text(64)
      .min(1)
      .describe(
        `${authorityKinds.join(', ')}, or as the source documents say it: Online CA (Microsoft's), Offline CA.`,
      ),
    configuration: settingsOfKind,
    secrets: secretsOfKind,
    lscTrust: lscTrust.optional(),
  })
  .meta({
    id: 'NewAuthority',
    examples: [
      { name: 'By hand', kind: 'offline', configuration: {}, secrets: {} },
      { name: 'Next', kind: 'local', configuration: { key: 'EC 384', commonName: 'LSC issuer 2027' }, secrets: {} },
    ],
  });

export const checkedAuthoritySchema = z
  .object({
    works: z.boolean().describe('Whether no step failed.'),
    steps: z.array(
      z.object({
        name: z.string(),
        outcome: z.enum(['ok', 'warning', 'failed']),
        detail: z.string().describe('What was found, and what to change.'),
      }),
    ),
  })
  .meta({
    id: 'CheckedAuthority',
    examples: [{ works: true, steps: [{ name: 'settings', outcome: 'ok', detail: 'They go together.' }] }],
  });

export const authorityPageSchema = pageSchema(authoritySchema).meta({ id: 'AuthorityPage' });
export const authorityQuery = z.strictObject(paging);

export const authorityChangeSchema = z
  .strictObject({
    name: authorityName.optional(),
    acceptExpiredUntil: momentInQuery.nullable().optional().describe(acceptExpiredUntil),
    configuration: settingsOfKind
      .unwrap()
      .optional()
      .describe('Fields to change; null takes one away, and what is left out stays.'),
    secrets: z
      .record(z.string().max(64), z.string().max(65_536).nullable())
      .optional()
      .describe('Secrets to change; null takes one away, and what is left out stays.'),
    lscTrust: lscTrust.optional(),
  })
  .meta({ id: 'AuthorityChange', examples: [{ acceptExpiredUntil: '2027-01-31T00:00:00Z' }, { name: 'Site CA' }] });
