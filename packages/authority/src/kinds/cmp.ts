import { encodeNameText, PkiError, readCertificate } from '@opencapf/pki';
import { z } from 'zod';
import { CmpClient } from '../cmp/cmp-client.js';
import { macIterations } from '../cmp/password-mac.js';
import { macProtection, type Protection, readSetting, signatureProtection } from '../cmp/protection.js';
import { httpTransfer } from '../cmp/transfer.js';
import { AuthorityError } from '../errors.js';
import {
  type AuthorityKindDefinition,
  type AuthoritySurroundings,
  commonConfiguration,
  httpsConfiguration,
  httpUrl,
  pemCertificates,
  pemPrivateKey,
} from './common.js';
import { openHttpsClient } from './https.js';

/** Settings of an authority that is asked over CMP; without secrets. */
const configuration = z.strictObject({
  ...commonConfiguration,
  url: httpUrl.describe('Where the authority takes CMP messages: http(s)://host[:port][/path].'),
  httpsTrustAnchors: httpsConfiguration.httpsTrustAnchors,
  recipient: z
    .string()
    .max(1024)
    .optional()
    .describe('Name of the CA that messages are for (RFC 4514); the subject of the issuing certificate when left out.'),
  message: z
    .enum(['cr', 'p10cr'])
    .default('cr')
    .describe(
      "`cr`: we vouch for the phone's key (raVerified), which works with every phone. `p10cr`: the PKCS#10 of `proofOfPossession`.",
    ),
  implicitConfirm: z
    .boolean()
    .default(true)
    .describe(
      'Asks the authority to need no confirmation of certificates. It is confirmed where it wants that all the same.',
    ),
  protection: z
    .enum(['mac', 'signature'])
    .default('mac')
    .describe(
      'How our messages are protected: a MAC with a shared secret, or the signature of a registration authority.',
    ),
  reference: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('What the authority knows the shared secret by (senderKID). Needed for `mac`.'),
  iterations: z
    .int()
    .min(macIterations.fewest)
    .max(macIterations.most)
    .default(10_000)
    .describe('How often the shared secret is hashed.'),
  signatureCertificate: pemCertificates
    .optional()
    .describe(
      'PEM of the certificate that our messages are signed with, and of those above it. Needed for `signature`.',
    ),
  protectionTrustAnchors: pemCertificates
    .optional()
    .describe(
      "PEM of who vouches for the authority's signatures on messages: the certificate that it signs with, or a CA above it. Needed for `signature`.",
    ),
  certProfile: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('Name of a certificate profile of the authority (RFC 9480); few know this.'),
  revocation: z
    .boolean()
    .default(false)
    .describe('Certificates that are revoked here are revoked at the authority (rr).'),
});

const secrets = z.strictObject({
  secret: z.string().min(1).max(1024).optional().describe('The shared secret. Needed for `mac`.'),
  signatureKey: pemPrivateKey.optional().describe('PEM of the key of `signatureCertificate`.'),
});

/** An authority that is asked over CMP (RFC 4210). */
export const cmp: AuthorityKindDefinition<typeof configuration, typeof secrets> = {
  configuration,
  secrets,
  open(settings, given, surroundings) {
    const { message, implicitConfirm, certProfile, revocation, recipient, protectionTrustAnchors } = settings;
    const { now, randomBytes } = surroundings;
    const url = new URL(settings.url);
    const issuer = readCertificate(surroundings.issuerCertificate);
    const protection = openProtection(settings, given, surroundings);
    const anchors =
      protectionTrustAnchors === undefined
        ? []
        : readSetting(protectionTrustAnchors, "The trust anchor for the authority's signatures");
    const http = openHttpsClient({ ...settings, plainHttp: true }, {}, surroundings);
    return new CmpClient({
      url,
      issuer,
      transfer: httpTransfer(http, url.pathname, now),
      protection,
      trust: { secret: settings.protection === 'mac' ? given.secret : undefined, anchors },
      recipient: recipient === undefined ? issuer.subjectDer : readName(recipient),
      now,
      randomBytes,
      message,
      implicitConfirm,
      certProfile,
      revocation,
      close: async () => await http.close(),
    });
  },
};

function openProtection(
  { protection, reference, iterations, signatureCertificate, protectionTrustAnchors }: z.output<typeof configuration>,
  { secret, signatureKey }: z.output<typeof secrets>,
  { randomBytes }: AuthoritySurroundings,
): Protection {
  if (protection === 'mac') {
    if (reference === undefined || secret === undefined) {
      throw new AuthorityError('authority-setting-invalid', 'A MAC needs a reference and a secret. Give both.');
    }
    return macProtection({ reference, secret, iterations }, randomBytes);
  }
  if (signatureCertificate === undefined || signatureKey === undefined || protectionTrustAnchors === undefined) {
    throw new AuthorityError(
      'authority-setting-invalid',
      "Signatures need a certificate, its key, and a trust anchor for the authority's signatures. Give all three.",
    );
  }
  return signatureProtection(signatureCertificate, signatureKey);
}

function readName(text: string): Uint8Array {
  try {
    return encodeNameText(text);
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    throw new AuthorityError('authority-setting-invalid', `The recipient is not readable: ${cause.message}`, { cause });
  }
}
