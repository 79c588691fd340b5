import assert from 'node:assert/strict';
import { randomBytes, sign } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { adcs, ExternalAuthority, type IssueOutcome } from '@opencapf/authority';
import { generateKeyPair } from '@opencapf/pki';
import { enroller } from './adcs-harness.js';
import { ApacheNtlm, apacheIsThere } from './apache-ntlm.js';
import { FakeCa } from './fake-ca.js';
import { FakeCertsrv } from './fake-certsrv.js';

const absent =
  apacheIsThere || process.env['CI'] === 'true'
    ? false
    : 'there is no NTLM server: install apache2-bin, libapache2-mod-auth-gssapi and gss-ntlmssp';

describe('AD CS behind Apache with gss-ntlmssp', { skip: absent }, () => {
  let issuing: FakeCa;
  let https: FakeCa;
  let pages: FakeCertsrv;
  let apache: ApacheNtlm;

  before(async () => {
    issuing = await FakeCa.create({ name: 'Issuing CA' });
    https = await FakeCa.create({ name: 'HTTPS CA' });
    pages = await FakeCertsrv.start({ ca: issuing });
    apache = await ApacheNtlm.start(await https.tlsIdentity('server'), enroller, pages.port);
  });

  after(async () => {
    await apache?.[Symbol.asyncDispose]();
    await pages?.[Symbol.asyncDispose]();
  });

  async function enrol(authentication: 'auto' | 'ntlm' | 'negotiate', password: string): Promise<IssueOutcome> {
    const { username, domain } = enroller;
    const configuration = adcs.configuration.parse({
      url: `https://127.0.0.1:${apache.port}`,
      template: 'Phones',
      httpsTrustAnchors: https.pem,
      ...{ username, domain, authentication },
    });
    const issuerCertificate = issuing.certificate;
    const surroundings = { issuerCertificate, chain: [], now: () => new Date(), randomBytes };
    const client = adcs.open(configuration, { password }, surroundings);
    const authority = new ExternalAuthority(client, { kind: 'adcs', issuerCertificate, proofOfPossession: 'phone' });
    try {
      const { spki, privateKey } = await generateKeyPair({ kind: 'ec', size: 256 });
      const prepared = await authority.prepare({
        deviceName: 'SEP001122334455',
        spki,
        expectedKey: { kind: 'ec', size: 256 },
        now: new Date(),
        proveKey: async (info) => sign('sha256', info, privateKey),
      });
      return await authority.issue(prepared);
    } finally {
      await authority.close();
    }
  }

  for (const authentication of ['auto', 'ntlm', 'negotiate'] as const) {
    it(`issues to one who logs in (authentication: ${authentication})`, async () => {
      assert.equal((await enrol(authentication, enroller.password)).state, 'issued');
    });
  }

  it('refuses a wrong password, in words without it', async () => {
    await assert.rejects(enrol('auto', 'not this one'), (fault: Error & { code?: string }) => {
      assert.equal(fault.code, 'authority-login-refused');
      assert.match(fault.message, /Correct user name, domain and password/);
      assert.doesNotMatch(fault.message, /not this one/);
      return true;
    });
  });
});
