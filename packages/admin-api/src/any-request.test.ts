import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { TestApi } from './testing/api.js';

const routes = [
  ['PUT', '/v1/devices/:', 'force'],
  ['GET', '/v1/devices/:', ''],
  ['DELETE', '/v1/devices/:', ''],
  [
    'GET',
    '/v1/devices',
    'limit cursor prefix state lsc lscExpiresBefore model devicePool securityProfile resetRequired certificateIssuer',
  ],
  ['POST', '/v1/devices/:/operations', ''],
  ['GET', '/v1/operations', 'limit cursor device state'],
  ['GET', '/v1/operations/:', ''],
  ['POST', '/v1/operations/:/cancel', ''],
  ['GET', '/v1/devices/:/certificate', ''],
  ['PUT', '/v1/devices/:/certificate', 'force type'],
  ['GET', '/v1/devices/:/certificates', 'limit cursor'],
  ['GET', '/v1/devices/:/sessions', 'limit cursor'],
  ['GET', '/v1/sessions', 'limit cursor unknownDevice'],
  ['GET', '/v1/authorities', 'limit cursor'],
  ['GET', '/v1/authorities/:', ''],
  ['PATCH', '/v1/authorities/:', ''],
  ['DELETE', '/v1/authorities/:', ''],
  ['POST', '/v1/authorities/:/activate', ''],
  ['POST', '/v1/authorities/:/default', ''],
  ['POST', '/v1/authorities/:/retire', ''],
  ['GET', '/v1/capf-certificates', ''],
  ['GET', '/v1/capf-certificates/:', ''],
  ['POST', '/v1/capf-certificates/:/activate', ''],
  ['DELETE', '/v1/capf-certificates/:', ''],
  ['POST', '/v1/authorities/:/certification-request', ''],
  ['PUT', '/v1/authorities/:/certificate', ''],
  ['POST', '/v1/capf-certificates', ''],
  ['POST', '/v1/capf-certificates/:/certification-request', ''],
  ['PUT', '/v1/capf-certificates/:/certificate', ''],
  ['GET', '/v1/trust-bundle', ''],
  ['POST', '/v1/authorities', ''],
  ['POST', '/v1/authorities/:/test', ''],
  ['GET', '/v1/authorities/:/certification-requests', 'limit'],
  ['POST', '/v1/authorities/:/certificates', ''],
  ['GET', '/v1/authority-requests', 'limit cursor authority device state open'],
  ['POST', '/v1/authority-requests/:/retry', ''],
  ['GET', '/v1/audit', 'limit cursor actor subject'],
  ['GET', '/v1/certificates', 'limit cursor device state expiresBefore'],
  ['POST', '/v1/certificates/delete-stale', ''],
  ['POST', '/v1/certificates/:/revoke', ''],
  ['POST', '/v1/devices/:/forget-lsc', ''],
  ['GET', '/v1/trust-certificates', 'limit cursor purpose'],
  ['POST', '/v1/trust-certificates', 'purpose allowExpired'],
  ['GET', '/v1/trust-certificates/:', ''],
  ['GET', '/v1/trust-certificates/:/certificate', ''],
  ['PATCH', '/v1/trust-certificates/:', ''],
  ['DELETE', '/v1/trust-certificates/:', ''],
  ['GET', '/v1/operations/:/authentication-string', ''],
  ['POST', '/v1/devices/:/probe', ''],
  ['GET', '/v1/devices/:/probe', ''],
  ['DELETE', '/v1/devices/:/probe', ''],
  ['GET', '/v1/lockouts', 'limit cursor address device'],
  ['DELETE', '/v1/lockouts', 'address device'],
  ['DELETE', '/v1/lockouts/:', ''],
  ['GET', '/v1/security-profiles', 'limit cursor model protocol predefined'],
  ['POST', '/v1/security-profiles', 'force'],
  ['GET', '/v1/security-profiles/:', ''],
  ['PATCH', '/v1/security-profiles/:', 'force'],
  ['DELETE', '/v1/security-profiles/:', ''],
  ['PUT', '/v1/devices/:/configuration', ''],
  ['GET', '/v1/devices/:/configuration', ''],
  ['DELETE', '/v1/devices/:/configuration', ''],
  ['GET', '/v1/devices/:/configuration/report', ''],
  ['PUT', '/v1/devices/:/symmetric-key', 'force'],
  ['GET', '/v1/devices/:/symmetric-key', ''],
  ['DELETE', '/v1/devices/:/symmetric-key', ''],
  ['PUT', '/v1/configuration-templates/:', ''],
  ['GET', '/v1/configuration-templates', 'limit cursor'],
  ['GET', '/v1/configuration-templates/:', ''],
  ['DELETE', '/v1/configuration-templates/:', ''],
  ['GET', '/v1/devices/:/files', ''],
  ['GET', '/v1/trust-list', ''],
  ['GET', '/v1/trust-list/:/file', ''],
  ['PUT', '/v1/trust-list/ctl', ''],
  ['GET', '/v1/trust-list/entries', ''],
  ['POST', '/v1/trust-list/entries', 'override'],
  ['DELETE', '/v1/trust-list/entries/:', 'override'],
  ['PUT', '/v1/trust-list/release', 'override'],
  ['DELETE', '/v1/trust-list/release', 'override'],
  ['GET', '/v1/trust-list/signers', ''],
  ['POST', '/v1/trust-list/signers/:/stage', 'override'],
  ['POST', '/v1/trust-list/signers/:/switch', 'override'],
  ['DELETE', '/v1/trust-list/signers/:/staged', 'override'],
  ['POST', '/v1/trust-list/recovery/export', ''],
  ['DELETE', '/v1/trust-list/recovery/key', ''],
  ['POST', '/v1/trust-list/recovery/replace', 'override'],
  ['POST', '/v1/trust-list/recovery/begin', 'override'],
  ['POST', '/v1/trust-list/recovery/end', 'override'],
  ['GET', '/v1/nodes', ''],
  ['POST', '/v1/tokens', ''],
  ['DELETE', '/v1/tokens/:', ''],
] as const;

const fields = [
  'description model protocol template fields key bits deviceSecurityMode excludeDigestCredentials capfServers capfSettings devicePool securityProfile labels encryptedConfiguration operation authenticationMode',
  'authenticationString keyOrder rsaKeySize ecKeySize completesBy allowedNetworks replace reason name role expiresAt allowExpired acceptExpiredUntil dryRun certificateIssuer confirmed makeDefault exchange consent kind configuration secrets lscTrust keySize keyFile passphrase served certificate roles',
]
  .join(' ')
  .split(' ');

const likely = fc.constantFrom<unknown>(
  'SEP0000000000F1',
  'install',
  'nullString',
  'authenticationString',
  'ecPreferred',
  'pending',
  'cancelled',
  'viewer',
  'installed',
  'none',
  'true',
  'lscIssuer',
  'configuration',
  'sast',
  'itl',
  'keyCompromise',
  'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
  true,
  null,
  0,
  1,
  2048,
  '1',
  '9007199254740991',
  '0000-01-01',
  '9999-12-31T23:59:59Z',
  '9999:12:31:23',
  ['a'],
);
const odd = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.double(), fc.jsonValue(), fc.base64String());
const value = fc.oneof({ weight: 2, arbitrary: likely }, { weight: 1, arbitrary: odd });
/** A place of a list, well formed or nearly so. */
const place = fc.oneof(
  fc.record({ name: fc.oneof(fc.constantFrom('a\u0000b', 'SEP', '%'), fc.string({ unit: 'binary' })) }),
  fc.record({
    notAfter: fc.constantFrom('0000-01-01T00:00:00Z', '9999-12-31T00:00:00Z', 'x'),
    certificate: fc.integer(),
  }),
  fc.maxSafeInteger(),
  fc.jsonValue(),
);
const cursorOf = (list: string): fc.Arbitrary<string> =>
  place.map((of) => Buffer.from(JSON.stringify([list, of])).toString('base64url'));

/** `String` throws for an object without a prototype, which fast-check makes too. */
const asText = (part: unknown): string => (typeof part === 'string' ? part : JSON.stringify(part));

const request = fc.constantFrom(...routes).chain(([method, path, query]) =>
  fc.record({
    method: fc.constant(method),
    path: value.map((part) => path.replace(':', encodeURIComponent(wellFormed(asText(part))))),
    query: fc.oneof(
      fc.dictionary(fc.constantFrom(...(query === '' ? ['x'] : query.split(' '))), value.map(asText), { maxKeys: 2 }),
      fc.record({ cursor: cursorOf(path.split('/').at(-1) ?? '') }),
    ),
    body: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 4 }).map((of) => JSON.stringify(of)),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    ),
    contentType: fc.constantFrom(
      'application/json',
      'application/json',
      'application/pkix-cert',
      'application/x-pem-file',
      'application/xml',
      'x',
    ),
  }),
);

describe('whatever an administrator sends', () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
    await api.call('PUT', '/v1/devices/SEP0000000000F1', { body: {} });
  });
  after(async () => await api[Symbol.asyncDispose]());

  it('is done, or refused with a problem document, and is never a fault of ours', async () => {
    await fc.assert(
      fc.asyncProperty(request, async ({ method, path, query, body, contentType }) => {
        const given = Object.entries(query).map(([name, text]) => `${name}=${encodeURIComponent(wellFormed(text))}`);
        const answer = await api.call(method, `${path}?${given.join('&')}`, {
          ...(method === 'GET' ? {} : { payload: Buffer.from(body), headers: { 'content-type': contentType } }),
        });
        assert.ok(answer.status < 500, JSON.stringify(answer.body));
        if (answer.status >= 400) assert.equal(answer.headers['content-type'], 'application/problem+json');
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Text that an address can hold: without halves of surrogate pairs. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, '?');
}
