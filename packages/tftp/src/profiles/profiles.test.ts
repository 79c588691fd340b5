import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AskedOfPhone,
  findModel,
  judge,
  predefinedProfiles,
  profileFits,
  readSymmetricKeyText,
} from '../index.js';

const plain: AskedOfPhone = {
  model: null,
  protocol: null,
  deviceSecurityMode: 'nonSecure',
  encrypted: false,
  excludeDigestCredentials: false,
  authenticationMode: 'nullString',
  keyOrder: 'rsaOnly',
  rsaKeySize: 2048,
};
const phone = {
  hasLsc: false,
  hasCertificate: false,
  hasEcKey: false,
  awaitsEcKey: false,
  hasSymmetricKey: false,
  hasConfiguration: true,
};

describe('what is asked of a phone', () => {
  it('is judged by the source documents, each finding with its weight', () => {
    const found = (asked: Partial<AskedOfPhone>) =>
      judge({ ...plain, ...asked }, { overHttps: false }).map(({ code, weight }) => `${weight} ${code}`);
    const string = { authenticationMode: 'authenticationString' } as const;
    assert.deepEqual(found({}), []);
    assert.deepEqual(found({ ...string, deviceSecurityMode: 'authenticated', phone }), ['refusal string-without-lsc']);
    assert.deepEqual(found({ ...string, deviceSecurityMode: 'encrypted', phone: { ...phone, hasLsc: true } }), []);
    assert.deepEqual(found({ ...string, deviceSecurityMode: 'encrypted' }), ['warning string-needs-lsc']);
    assert.deepEqual(found({ ...string, encrypted: true }), ['warning encrypted-configuration-with-string']);
    assert.deepEqual(found({ encrypted: true, keyOrder: 'ecPreferred' }), [
      'inability ec-key-with-encrypted-configuration',
    ]);
    for (const key of [{ hasEcKey: true }, { awaitsEcKey: true }]) {
      const has = { ...phone, ...key };
      assert.deepEqual(found({ phone: has }), []);
      assert.deepEqual(found({ encrypted: true, phone: has }), ['inability ec-key-with-encrypted-configuration']);
      const overHttps = judge({ ...plain, encrypted: true, phone: has }, { overHttps: true });
      assert.deepEqual(
        overHttps.map(({ code, weight }) => `${weight} ${code}`),
        ['warning ec-key-served-over-https'],
      );
    }
    assert.deepEqual(found({ authenticationMode: 'existingCertificateMicFirst', phone }), [
      'warning existing-certificate-none-on-record',
    ]);
    assert.deepEqual(found({ protocol: 'SIP', phone }), ['warning digest-credentials-in-the-clear']);
    assert.deepEqual(found({ protocol: 'SIP', encrypted: true, phone }), []);
    assert.deepEqual(found({ model: '7800', protocol: 'SCCP', encrypted: true }), [
      'inability model-without-encryption',
    ]);
    assert.deepEqual(found({ model: '7800', protocol: 'SIP', encrypted: true, phone }), [
      'warning symmetric-key-missing',
    ]);
    assert.deepEqual(found({ model: '6901', encrypted: true }), ['warning model-needs-ctl']);
    assert.deepEqual(found({ model: '7942', protocol: 'SCCP', encrypted: true }), ['warning encryption-contradicted']);
    assert.deepEqual(found({ model: '7931', protocol: 'SIP', encrypted: true }), [
      'inability model-without-protocol',
      'inability model-without-encryption',
    ]);
    assert.deepEqual(found({ model: '8845', excludeDigestCredentials: true }), [
      'inability model-without-digest-exclusion',
    ]);
    assert.deepEqual(found({ model: '7942', protocol: 'SIP', excludeDigestCredentials: true }), []);
  });

  it('is judged by what a table says of keys', () => {
    const facts = { ...(findModel('8845') ?? assert.fail()), ellipticCurve: false, largestRsaKey: 2048 };
    const found = (asked: Partial<AskedOfPhone>) =>
      judge({ ...plain, ...asked }, { overHttps: false }, facts).map(({ code }) => code);
    assert.deepEqual(found({ keyOrder: 'ecOnly', rsaKeySize: 4096 }), ['model-without-ec']);
    assert.deepEqual(found({ keyOrder: 'ecPreferred' }), [], 'there is a backup');
    assert.deepEqual(found({ rsaKeySize: 3072 }), ['model-without-rsa-size']);
  });

  it('is for its model and protocol', () => {
    const sip = { model: 'Cisco 7942', protocol: 'SIP' } as const;
    assert.equal(profileFits(sip, { model: '7942G', protocol: 'SIP' }), true);
    assert.equal(profileFits(sip, { model: null, protocol: null }), true);
    assert.equal(profileFits(sip, { model: '7945G', protocol: 'SIP' }), false);
    assert.equal(profileFits(sip, { model: '7942G', protocol: 'SCCP' }), false);
  });

  it('has predefined profiles of names of their own', () => {
    const names = predefinedProfiles().map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
    assert.ok(names.every((name) => name.length <= 100));
  });

  it('has keys of 32 or 64 hexadecimal digits, and zeros are none', () => {
    assert.equal(readSymmetricKeyText('aB'.repeat(16)).length, 16);
    for (const text of ['', '0'.repeat(64), 'ab'.repeat(15), `${'ab'.repeat(16)}\n`]) {
      assert.throws(() => readSymmetricKeyText(text), { code: 'symmetric-key-malformed' });
    }
  });
});
