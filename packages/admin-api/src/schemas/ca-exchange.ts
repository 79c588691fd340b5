import { z } from 'zod';
import { authoritySchema } from './authority.js';
import { capfCertificateSchema } from './capf-certificate.js';

const warnings = z
  .array(
    z.object({
      code: z.string().describe('Such as "chain-not-for-clients".'),
      message: z.string().describe('In words, with what to change.'),
    }),
  )
  .describe('What works against LSCs or phones, though the chain is taken.');

export const takenAuthorityChainSchema = z
  .object({ authority: authoritySchema, warnings })
  .meta({ id: 'TakenAuthorityChain' });

export const takenCapfChainSchema = z
  .object({ capfCertificate: capfCertificateSchema, warnings })
  .meta({ id: 'TakenCapfChain' });

export const newCapfCertificateSchema = z
  .strictObject({
    keySize: z
      .union([z.literal(2048), z.literal(3072), z.literal(4096)])
      .optional()
      .describe('Bits of the RSA key that is made. Default 2048, which every phone takes.'),
    keyFile: z
      .base64()
      .max(1_400_000)
      .optional()
      .describe(
        'Base64 of PEM or PKCS#12 with an RSA key, which is kept encrypted, and with its certificate and those above it where it has any. Left out: a key is made.',
      ),
    passphrase: z.string().max(1024).optional().describe('Of the key file.'),
  })
  .refine(({ keyFile, keySize, passphrase }) => (keyFile === undefined ? passphrase : keySize) === undefined, {
    error: 'takes keySize, or keyFile with its passphrase',
  })
  .meta({ id: 'NewCapfCertificate', examples: [{}, { keySize: 3072 }] });
