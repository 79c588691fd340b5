import { z } from 'zod';
import { AuthorityError } from '../errors.js';
import { EstClient } from '../est/est-client.js';
import {
  type AuthorityKindDefinition,
  commonConfiguration,
  httpsConfiguration,
  httpsSecrets,
  httpsUrl,
} from './common.js';
import { openHttpsClient } from './https.js';

/** Settings of an EST authority (RFC 7030); without secrets. */
const configuration = z.strictObject({
  ...commonConfiguration,
  ...httpsConfiguration,
  url: httpsUrl.describe(
    'https://host[:port]; the path is that of RFC 7030, /.well-known/est, unless it says another.',
  ),
  label: z
    .string()
    .regex(/^[A-Za-z0-9._~-]{1,128}$/, 'must be one segment of a path')
    .refine((label) => !operations.has(label), 'must not be the name of an operation')
    .optional()
    .describe('Which of several CAs of the host: the label behind /.well-known/est/ (RFC 7030, 3.2.2).'),
  username: httpsConfiguration.username.refine(
    (name) => name === undefined || !name.includes(':'),
    'must not hold a colon',
  ),
  operation: z
    .enum(['simpleenroll', 'simplereenroll'])
    .default('simpleenroll')
    .describe(
      'How certificates are asked for. simplereenroll is tried first and simpleenroll where it is refused: only for authorities that let a registration authority renew for others.',
    ),
  repeatIsSafe: z
    .boolean()
    .default(false)
    .describe(
      'The authority answers a repeated request with the certificate that it issued before: then it is repeated after a lost answer, instead of asking the phone for a new key.',
    ),
});

const secrets = z.strictObject(httpsSecrets);

/** RFC 7030, 3.2.2: no label may be called as one of them. */
const operations: ReadonlySet<string> = new Set([
  'cacerts',
  'simpleenroll',
  'simplereenroll',
  'fullcmc',
  'serverkeygen',
  'csrattrs',
]);

/** EST (RFC 7030). */
export const est: AuthorityKindDefinition<typeof configuration, typeof secrets> = {
  configuration,
  secrets,
  open(settings, { password, clientKey }, surroundings) {
    const { username, clientCertificate, label, operation, repeatIsSafe, proofOfPossession } = settings;
    if ((username === undefined) !== (password === undefined)) {
      throw new AuthorityError('authority-setting-invalid', 'A user name and its password go together.');
    }
    if (operation === 'simplereenroll' && clientCertificate === undefined) {
      throw new AuthorityError(
        'authority-setting-invalid',
        'simplereenroll wants a client certificate (RFC 7030, 3.3.2).',
      );
    }
    const { pathname, hostname } = new URL(settings.url);
    const root = pathname === '/' ? '/.well-known/est' : pathname.replace(/\/+$/, '');
    return new EstClient({
      client: openHttpsClient(settings, { clientKey }, surroundings),
      hostname,
      path: label === undefined ? `${root}/` : `${root}/${label}/`,
      operation,
      login: username !== undefined && password !== undefined ? { username, password } : undefined,
      repeatIsSafe,
      proofOfPossession,
      issuerCertificate: surroundings.issuerCertificate,
      now: surroundings.now,
      randomBytes: surroundings.randomBytes,
    });
  },
};
