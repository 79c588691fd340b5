import { z } from 'zod';
import { AdcsClient } from '../adcs/adcs-client.js';
import { authentications, type Credentials } from '../adcs/certsrv-login.js';
import { AuthorityError } from '../errors.js';
import { ntHash } from '../ntlm/index.js';
import {
  type AuthorityKindDefinition,
  commonConfiguration,
  httpsConfiguration,
  httpsSecrets,
  httpsUrl,
} from './common.js';
import { openHttpsClient } from './https.js';

/** Settings of Microsoft AD CS web enrollment ("Online CA" with the type Microsoft CA); without secrets. */
const configuration = z.strictObject({
  ...commonConfiguration,
  ...httpsConfiguration,
  url: httpsUrl.describe('Where the pages are: https://host[:port], and the path where it is not /certsrv.'),
  template: z
    .string()
    .regex(/^[\p{L}\p{N}._ -]{1,256}$/u, 'must be the name of a template, not its display name')
    .describe('Name of the certificate template (Online CA Template), not its display name.'),
  username: httpsConfiguration.username
    .refine(
      (name) => name === undefined || !/[\\:]/.test(name),
      'must not hold a backslash or colon: the domain has a field of its own',
    )
    .describe('User name of the login: name, or user@domain.'),
  domain: z
    .string()
    .regex(/^[^\\/:@]{1,255}$/, 'must be a NetBIOS or DNS name')
    .optional()
    .describe('Domain of the user; left out for user@domain and local accounts.'),
  authentication: z
    .enum(authentications)
    .default('auto')
    .describe(
      'How to log in: auto takes NTLM or Negotiate, whichever is offered; basic tells the server the password.',
    ),
  pollSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(60)
    .describe('Seconds between two questions about a request that waits for approval.'),
});

const secrets = z.strictObject(httpsSecrets);

/** Microsoft AD CS by its web enrollment pages. */
export const adcs: AuthorityKindDefinition<typeof configuration, typeof secrets> = {
  configuration,
  secrets,
  open(settings, given, surroundings) {
    const url = new URL(settings.url);
    const path = url.pathname === '/' ? '/certsrv/' : `${url.pathname.replace(/\/+$/, '')}/`;
    const { template, authentication, proofOfPossession } = settings;
    const { issuerCertificate, now, randomBytes } = surroundings;
    return new AdcsClient({
      client: openHttpsClient(settings, given, surroundings),
      path,
      hostname: url.hostname,
      authentication,
      credentials: credentialsOf(settings, given),
      template,
      proofOfPossession,
      issuerCertificate,
      pollEvery: settings.pollSeconds * 1000,
      now,
      randomBytes,
    });
  },
};

/** Of the password no more is kept than the login needs: its NT hash, but for Basic. */
function credentialsOf(
  { username, domain = '', authentication }: z.output<typeof configuration>,
  { password }: z.output<typeof secrets>,
): Credentials {
  if ((username === undefined) !== (password === undefined)) {
    throw new AuthorityError('authority-setting-invalid', 'A user name and its password go together.');
  }
  if (username === undefined || password === undefined) {
    if (authentication !== 'auto') {
      throw new AuthorityError('authority-setting-invalid', `The authentication ${authentication} wants a user name.`);
    }
    return { by: 'nothing' };
  }
  if (authentication !== 'basic') return { by: 'ntlm', account: { username, domain, ntHash: ntHash(password) } };
  const user = domain === '' ? username : `${domain}\\${username}`;
  return { by: 'basic', authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}
