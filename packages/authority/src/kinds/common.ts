import type { RandomBytes } from '@opencapf/pki';
import { z } from 'zod';
import type { AuthorityClient } from '../authority-client.js';

/** What the configuration of every authority elsewhere holds; without secrets. */
export const commonConfiguration = {
  proofOfPossession: z
    .enum(['none', 'phone'])
    .default('none')
    .describe(
      'Who signs the PKCS#10: nobody (RFC 5272, C.1), or the phone with its new key, which is provisional and not confirmed on hardware.',
    ),
  timeoutSeconds: z.int().min(1).max(600).default(30).describe('Seconds that one call may take.'),
  concurrency: z.int().min(1).max(256).default(16).describe('Calls under way at once, on each node.'),
  patienceSeconds: z
    .int()
    .min(0)
    .max(3600)
    .default(7)
    .describe("Seconds that a phone's session waits for its certificate; then the phone comes back for it."),
  storeReadyCertificate: z
    .boolean()
    .default(true)
    .describe(
      'A certificate that became ready later is sent to the phone in its next session without asking for a new key; not confirmed on hardware.',
    ),
} as const;

/** PEM certificates as text, one or several. */
export const pemCertificates = z
  .string()
  .max(65_536)
  .regex(/^-----BEGIN CERTIFICATE-----\s*$/m, 'must be PEM certificates');

/** A PEM private key as text, not encrypted: it is sealed in the database as a whole. */
export const pemPrivateKey = z
  .string()
  .max(65_536)
  .regex(/^\s*-----BEGIN (RSA |EC )?PRIVATE KEY-----/, 'must be a PEM private key that is not encrypted');

/** `https://host[:port][/path]`: no user name, no query, no fragment. */
export const httpsUrl = webUrl(/^https:$/, 'must be https://host[:port][/path], without user name and query');

/** As {@link httpsUrl}, or with `http:`, for protocols that protect their messages themselves. */
export const httpUrl = webUrl(/^https?:$/, 'must be http(s)://host[:port][/path], without user name and query');

function webUrl(scheme: RegExp, mustBe: string): z.ZodType<string, string> {
  return z
    .string()
    .max(2048)
    .refine((text) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      return (
        url !== undefined &&
        scheme.test(url.protocol) &&
        url.username === '' &&
        url.password === '' &&
        !/[?#]/.test(text) &&
        url.hostname !== ''
      );
    }, mustBe);
}

/** What the configuration of an authority that is asked over HTTPS holds beside that. */
export const httpsConfiguration = {
  httpsTrustAnchors: pemCertificates
    .optional()
    .describe(
      "PEM of who vouches for the authority's HTTPS certificate; the issuing certificate and those above it when it is left out.",
    ),
  username: z.string().min(1).max(256).optional().describe('User name of the login.'),
  clientCertificate: pemCertificates
    .optional()
    .describe('PEM of the certificate that this service shows as a TLS client, and of those above it.'),
} as const;

/** The secrets that go with that. */
export const httpsSecrets = {
  password: z.string().min(1).max(1024).optional().describe('Password of the login.'),
  clientKey: pemPrivateKey.optional().describe('PEM of the key of the client certificate.'),
} as const;

/** What a client needs beside its own configuration. */
export interface AuthoritySurroundings {
  /** The certificate that LSCs are signed by, DER. */
  readonly issuerCertificate: Uint8Array;
  /** Those above it, DER. */
  readonly chain: readonly Uint8Array[];
  readonly now: () => Date;
  readonly randomBytes: RandomBytes;
}

/**
 * A kind of authority elsewhere. `configuration` and `secrets` check what administrators give and fill in the defaults;
 * `open` makes the client of what they let pass.
 */
export interface AuthorityKindDefinition<Configuration extends z.ZodType, Secrets extends z.ZodType> {
  readonly configuration: Configuration;
  readonly secrets: Secrets;
  /** @throws AuthorityError `authority-setting-invalid` where two settings do not go together. */
  open(
    configuration: z.output<Configuration>,
    secrets: z.output<Secrets>,
    surroundings: AuthoritySurroundings,
  ): AuthorityClient;
}
