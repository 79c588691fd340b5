import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { readCertificate } from './certificate-reader.js';
import { verifySignedBy } from './certificate-verification.js';
import type { Issuer } from './issuer.js';
import { generateKeyPair } from './keys.js';
import { compileLscProfile } from './lsc-profile.js';
import { randomSerial } from './serial-number.js';
import { ecIssuer, rsaIssuer } from './testing/issuers.js';
import { validityWithin } from './validity.js';

const now = new Date('2026-11-20T18:00:00Z');
const issuer = await rsaIssuer(now);
const { spki } = await generateKeyPair({ kind: 'ec', size: 256 });

async function issueBy(by: Issuer) {
  const profile = compileLscProfile(by);
  const tbs = profile.encodeTbs({
    ...validityWithin(by.certificate, now, 1),
    deviceName: 'SEP001122334455',
    spki,
    serial: randomSerial(randomBytes),
  });
  return readCertificate(profile.assemble(tbs, await by.signer.sign(tbs)));
}

describe('a certificate', () => {
  it('is signed by its issuer', async () => {
    const ec = await ecIssuer(384, { notBefore: now, notAfter: new Date('2030-01-01Z') });
    assert.ok(verifySignedBy(await issueBy(issuer), issuer.certificate));
    assert.ok(verifySignedBy(await issueBy(ec), ec.certificate));
  });

  it('is not signed by another issuer, even one of the same name', async () => {
    const lsc = await issueBy(issuer);
    assert.equal(verifySignedBy(lsc, (await rsaIssuer(now)).certificate), false);
    const one = await ecIssuer(256, { notBefore: now, notAfter: new Date('2030-01-01Z') });
    const namesake = await ecIssuer(256, { notBefore: now, notAfter: new Date('2030-01-01Z') });
    assert.equal(verifySignedBy(await issueBy(one), namesake.certificate), false);
  });

  it('is not signed by its issuer when a byte was changed', async () => {
    const lsc = await issueBy(issuer);
    const altered = Uint8Array.from(lsc.der);
    const at = Buffer.from(altered).indexOf('SEP001122334455');
    altered[at + 14] = 0x36;
    const record = readCertificate(altered);
    assert.equal(record.commonName, 'SEP001122334456');
    assert.equal(verifySignedBy(record, issuer.certificate), false);
  });

  it('is not signed by what is no CA', async () => {
    const lsc = await issueBy(issuer);
    assert.equal(verifySignedBy(lsc, lsc), false);
  });
});
