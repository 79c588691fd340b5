import { z } from 'zod';
import { givenName, moment, pageSchema, paging, yesOrNo } from './common.js';
import { forceQuery, warningsSchema } from './security-profile.js';

/** A file as it came. */
export const xmlUploadSchema = z
  .custom<Buffer>((given) => Buffer.isBuffer(given) && given.length > 0, 'must be XML')
  .meta({ description: 'A full SEP<MAC>.cnf.xml, well formed, without document type.', type: 'string' });

const templateName = givenName(100);

/** A template with what fills its fields, instead of a whole file. */
const fromTemplateSchema = z
  .strictObject({
    template: templateName.describe('The name of a configuration template.'),
    fields: z
      .record(z.string().max(64), z.string().max(4096))
      .default({})
      .describe('The text for each of its fields; it is escaped for XML when the file is built.'),
  })
  .meta({
    id: 'ConfigurationFromTemplate',
    examples: [{ template: 'Lobby phones', fields: { label: 'Reception', password: 'choose another' } }],
  });

export const givenConfigurationSchema = z.union([xmlUploadSchema, fromTemplateSchema]);

const reportSchema = z
  .object({
    encoding: z.string(),
    bytes: z.int(),
    elements: z
      .array(z.object({ path: z.string(), line: z.int(), value: z.string().nullable() }))
      .describe('What concerns CAPF and security, in the order of the file; value null: a secret, which is not shown.'),
    missing: z.array(z.string()).describe('What a build puts in because the file lacks it.'),
    findings: z
      .array(z.object({ path: z.string(), line: z.int(), message: z.string() }))
      .describe('What phones will hardly like; no reason to refuse the file.'),
  })
  .meta({
    id: 'ConfigurationReport',
    examples: [
      {
        encoding: 'utf-8',
        bytes: 966,
        elements: [
          { path: 'capfList/capf/phonePort', line: 12, value: '3804' },
          { path: 'sshPassword', line: 20, value: null },
        ],
        missing: ['certHash'],
        findings: [],
      },
    ],
  });

const record = {
  device: z.string(),
  version: z.int().describe('Grows with every change of the file, its template or what fills it.'),
  template: z.string().nullable().describe('Null: a whole file.'),
  updatedAt: moment,
  updatedBy: z.string(),
} as const;

const example = {
  device: 'SEP001122334455',
  version: 7,
  template: null,
  updatedAt: '2026-11-20T18:00:00.000Z',
  updatedBy: 'first start',
};

export const configurationSchema = z.object({ ...record, report: reportSchema }).meta({
  id: 'Configuration',
  examples: [{ ...example, report: { encoding: 'utf-8', bytes: 966, elements: [], missing: [], findings: [] } }],
});

export const savedConfigurationSchema = z.object({ ...record, report: reportSchema, warnings: warningsSchema }).meta({
  id: 'SavedConfiguration',
  examples: [
    { ...example, report: { encoding: 'utf-8', bytes: 966, elements: [], missing: [], findings: [] }, warnings: [] },
  ],
});

/** What the description of the API says of an answer that is a file. */
export const xmlBody = {
  description: 'The full configuration file.',
  content: { 'application/xml': { schema: xmlUploadSchema } },
} as const;

export const templateParams = z.object({ template: templateName.describe('Its name.') });

const template = {
  name: z.string(),
  version: z.int(),
  updatedAt: moment,
  updatedBy: z.string(),
} as const;

const templateExample = {
  name: 'Lobby phones',
  version: 6,
  updatedAt: '2026-11-20T18:00:00.000Z',
  updatedBy: 'first start',
};

export const savedTemplateSchema = z.object({ ...template, fields: z.array(z.string()), report: reportSchema }).meta({
  id: 'SavedConfigurationTemplate',
  examples: [
    {
      ...templateExample,
      fields: ['label'],
      report: { encoding: 'utf-8', bytes: 966, elements: [], missing: [], findings: [] },
    },
  ],
});

export const templatePageSchema = pageSchema(
  z.object(template).meta({ id: 'ConfigurationTemplate', examples: [templateExample] }),
).meta({ id: 'ConfigurationTemplatePage' });

export const templateQuery = z.strictObject(paging);

export const keyQuery = forceQuery.extend({
  replace: yesOrNo
    .optional()
    .describe('Whether it takes the place of one that is set. Default: as force says where the model takes such keys.'),
});

export const givenKeySchema = z
  .strictObject({
    key: z
      .string()
      .max(100)
      .optional()
      .describe('32 or 64 hexadecimal digits. Left out: one is made, and shown in the answer.'),
    bits: z
      .literal([128, 256])
      .optional()
      .describe('Of one that is made, by default as the model takes it, else 128; one that is given must have them.'),
  })
  .nullish()
  .meta({ id: 'GivenSymmetricKey', examples: [{ key: '000102030405060708090A0B0C0D0E0F' }, {}] });

export const savedKeySchema = z
  .object({
    device: z.string(),
    bits: z.literal([128, 256]),
    key: z.string().optional().describe('Only where it was made here.'),
    warnings: warningsSchema,
  })
  .meta({ id: 'SavedSymmetricKey', examples: [{ device: 'SEP001122334455', bits: 128, warnings: [] }] });

export const symmetricKeySchema = z
  .object({
    device: z.string(),
    bits: z.literal([128, 256]),
    key: z.string().describe('Hexadecimal, for whoever enters it on the phone.'),
    createdAt: moment,
    createdBy: z.string(),
  })
  .meta({
    id: 'SymmetricKey',
    examples: [
      {
        device: 'SEP001122334455',
        bits: 128,
        key: '000102030405060708090a0b0c0d0e0f',
        createdAt: '2026-11-20T18:00:00.000Z',
        createdBy: 'first start',
      },
    ],
  });
