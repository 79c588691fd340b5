import { z } from 'zod';
import { moment, rowNumber } from './common.js';

const kind = z.enum(['itl', 'ctl']);
const entryRole = z.enum(['CCM', 'CCM+TFTP', 'TFTP', 'CAPF', 'TVS', 'APP-SERVER']);
const changeable = z.enum(['tftp', 'sast']);
const sha256 = z.string().describe('SHA-256 over the DER, hexadecimal.');
const ipv4 = z.ipv4();

const fetchesSchema = z
  .object({
    isListed: z.boolean().describe('Whether the lists that are served now hold it.'),
    devices: z.int().describe('Devices that fetch trust lists from this service.'),
    waiting: z.int().describe('Those among them whose last list does not hold it.'),
    waitingDevices: z.array(z.string()).describe('The first of these by name, 100 at most.'),
    elsewhere: z.int().describe('Devices on record that have never fetched a trust list here.'),
  })
  .meta({ id: 'TrustListFetches' });

export const fileSignerSchema = z
  .object({
    id: z.int(),
    purpose: z
      .enum(['tftp', 'sast', 'recovery', 'https'])
      .describe(
        'tftp: signs configuration files. sast: signs trust lists. recovery: signs them when that key is lost. https: whom phones meet where files are served over HTTPS.',
      ),
    state: z.enum(['staged', 'active', 'retired']),
    subject: z.string(),
    sha256,
    notBefore: moment,
    notAfter: moment,
    hasKey: z.boolean().describe('Whether its private key is kept here.'),
    createdAt: moment,
    activatedAt: moment.nullable(),
    retiredAt: moment.nullable(),
    exportedAt: moment.nullable().describe('When the key of a recovery signer was given out.'),
    fetches: fetchesSchema.nullable().describe('Of a staged one: whether phones have the list that holds it.'),
  })
  .meta({ id: 'FileSigner' });

export const fileSignerListSchema = z.object({ items: z.array(fileSignerSchema) }).meta({ id: 'FileSignerList' });

export const trustListEntrySchema = z
  .object({
    id: z.int(),
    role: entryRole,
    subject: z
      .string()
      .nullable()
      .describe('null: it cannot be read, and no trust list can be written while it is on record.'),
    sha256,
    notBefore: moment.nullable(),
    notAfter: moment.nullable(),
    dnsName: z.string().describe('Host name or address of the server; empty where nobody said.'),
    ipAddress: z.string().nullable().describe('IPv4.'),
    createdAt: moment,
    createdBy: z.string(),
  })
  .meta({ id: 'TrustListEntry' });

export const trustListEntryListSchema = z
  .object({ items: z.array(trustListEntrySchema) })
  .meta({ id: 'TrustListEntryList' });

export const newTrustListEntrySchema = z
  .strictObject({
    role: entryRole,
    certificate: z
      .string()
      .max(100_000)
      .regex(/-----BEGIN CERTIFICATE-----/)
      .describe('PEM.'),
    dnsName: z
      .string()
      .max(255)
      .regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without blanks')
      .default('')
      .describe('Host name or address of the server, for the layout "cisco", which tells it.'),
    ipAddress: ipv4.nullable().default(null).describe('IPv4 of the server, likewise.'),
  })
  .meta({
    id: 'NewTrustListEntry',
    examples: [
      {
        role: 'CCM',
        certificate: '-----BEGIN CERTIFICATE-----\n...',
        dnsName: 'cucm.example',
        ipAddress: '192.0.2.10',
      },
    ],
  });

const trustListRecordSchema = z.object({
  record: z.int().describe('Its number in the list, from 1.'),
  role: z.string(),
  subject: z.string(),
  sha256,
  notAfter: moment,
});

const warningSchema = z.object({ code: z.string(), message: z.string() });

export const trustListSchema = z
  .object({
    isServed: z.boolean().describe('Whether this node serves phones their files (OPENCAPF_TFTP=on).'),
    servesCtl: z.boolean().describe('Whether a CTL is served beside the ITL.'),
    signedBy: z.enum(['sast', 'recovery']),
    releasedTo: z
      .object({ subject: z.string(), sha256 })
      .nullable()
      .describe('The SAST certificate of another cluster whose lists phones are to take from now on.'),
    lists: z
      .array(
        z.object({
          kind,
          version: z.string().describe('Changes with what the list holds.'),
          bytes: z.int(),
          byteLimit: z.int().describe('What phones can load.'),
          certificates: z.int(),
          builtAt: moment,
        }),
      )
      .describe('What is served now.'),
    records: z.array(trustListRecordSchema).describe('What a list that is built now holds.'),
    warnings: z.array(warningSchema),
  })
  .meta({ id: 'TrustList' });

export const trustListKindParams = z.object({ kind });
export const trustListEntryParams = z.object({ id: rowNumber });
export const fileSignerParams = z.object({ purpose: changeable });

/** Bytes. OpenSSL encrypts with longer ones, and reads no more when it decrypts (PEM_BUFSIZE). */
const longestPassphrase = 1024;

const override = z
  .boolean()
  .default(false)
  .describe('Go on without the devices that have not fetched the list: they will believe nothing that is signed anew.');

export const signerSwitchSchema = z.strictObject({ override }).meta({ id: 'SignerSwitch', examples: [{}] });

export const ctlServiceSchema = z
  .strictObject({ serves: z.boolean() })
  .meta({ id: 'CtlService', examples: [{ serves: true }] });

export const releaseSchema = z
  .strictObject({
    certificate: z
      .string()
      .max(100_000)
      .optional()
      .describe(
        'The SAST certificate of the cluster that phones are to go to, PEM: the one that signs its trust lists.',
      ),
  })
  .meta({ id: 'PhoneRelease' });

export const recoveryExportSchema = z
  .strictObject({
    passphrase: z
      .string()
      .min(8)
      .max(longestPassphrase)
      .refine(
        (text) => Buffer.byteLength(text) <= longestPassphrase,
        `must be at most ${longestPassphrase} bytes of UTF-8`,
      )
      .describe('What the key is encrypted with, at most 1,024 bytes of UTF-8. It is kept nowhere.'),
  })
  .meta({ id: 'RecoveryExport' });

export const recoveryKeySchema = z
  .object({
    certificate: z.string().describe('PEM.'),
    privateKey: z.string().describe('PEM, PKCS#8 encrypted with the passphrase (PBES2, AES-256-CBC).'),
  })
  .meta({ id: 'RecoveryKey' });

export const recoveryBeginSchema = z
  .strictObject({
    keyFile: z
      .base64()
      .max(100_000)
      .describe('Base64 of PEM or PKCS#12 with the recovery key and its certificate, as it was exported.'),
    passphrase: z.string().max(1024).optional().describe('Of the key file.'),
    override: z
      .boolean()
      .default(false)
      .describe(
        'Phones know its certificate from lists of a service whose database is lost. Else a list that was built here must hold it: phones refuse every list that is signed by who they do not know.',
      ),
  })
  .meta({ id: 'RecoveryBegin' });
