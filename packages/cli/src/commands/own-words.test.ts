import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { adminApiErrors } from '@opencapf/admin-api';
import { authorityErrors } from '@opencapf/authority';
import { enrollmentErrors } from '@opencapf/enrollment';
import { pkiErrors } from '@opencapf/pki';
import { tftpErrors } from '@opencapf/tftp';
import { inOwnWords } from './own-words.js';

/** What a command may meet. "There is no such call" says that the service is of another version than the command. */
const { 'route-unknown': _, ...ofAdminApi } = adminApiErrors;
const refusals = { ...ofAdminApi, ...authorityErrors, ...enrollmentErrors, ...pkiErrors, ...tftpErrors };

describe('a refusal on the command line', () => {
  it('names options and commands where the service names fields and calls', () => {
    const said = (code: keyof typeof adminApiErrors): string => inOwnWords(adminApiErrors[code]);
    assert.match(said('trust-list-not-fetched'), /or say --override to go on/);
    assert.match(said('trust-list-released'), /first: "opencapf itl take-back"\.$/);
    assert.match(said('security-profile-unknown'), /"opencapf profile list" lists .*, "opencapf profile create" makes/);
    assert.match(said('combination-unless-forced'), /say --force;/);
    assert.match(said('symmetric-key-already-set'), /say --replace\.$/);
    assert.match(said('activation-unconfirmed'), /Distribute what "opencapf trust bundle" writes .* say --confirm\.$/);
    assert.match(said('authority-without-certificate'), /Give it \(--lsc-trust\)/);
    assert.match(said('configuration-template-unknown'), /"opencapf configuration template list" lists/);
    assert.match(said('token-missing'), /set OPENCAPF_TOKEN\.$/);
  });

  it('speaks of REST only where no command does it, and says so', () => {
    for (const [code, text] of Object.entries(refusals)) {
      const said = inOwnWords(text).replaceAll(/over REST, [^.;]*/gi, '');
      assert.doesNotMatch(said, /\b(GET|POST|PUT|PATCH|DELETE) \/|\/v1\/|=true|": true|\bheader "/, code);
      assert.doesNotMatch(said, /\b(lscTrust|certificateIssuer|rsaKeySize|ecKeySize|securityProfile)\b/, code);
    }
  });

  it('names the option whose value the service does not take', () => {
    for (const [ofService, own] of [
      ['body/rsaKeySize: Invalid input', '--rsa-key-size: Invalid input'],
      ['body/deviceSecurityMode: Unknown', '--security-mode: Unknown'],
      [
        'body/capfServers/0: Too long; querystring/expiresBefore: No time',
        '--capf-servers/0: Too long; --expires-before: No time',
      ],
      ['body/configuration/url: Invalid URL', 'setting url: Invalid URL'],
      ['body: Unrecognized key; params/name: Too long', 'what is given: Unrecognized key; the name: Too long'],
      ['The key size is unknown. (rsaKeySize 999)', 'The key size is unknown. (--rsa-key-size 999)'],
    ] as const) {
      assert.equal(inOwnWords(ofService), own);
    }
  });
});
