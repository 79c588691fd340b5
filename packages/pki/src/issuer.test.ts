import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { keyIdentifier } from './hashes.js';
import { loadIssuer } from './issuer.js';
import { generateKeyPair } from './keys.js';
import { compileLscProfile } from './lsc-profile.js';
import { toPem } from './pem.js';
import { readPublicKey } from './public-key.js';
import { randomSerial } from './serial-number.js';
import { createSigner } from './signer.js';
import { rsaIssuer } from './testing/issuers.js';
import { validityWithin } from './validity.js';

const now = new Date('2026-11-20T18:00:00Z');
const issuer = await rsaIssuer(now);

describe('issuer', () => {
  it('is loaded from PEM or DER, and knows its key identifier', () => {
    const { der } = issuer.certificate;
    for (const input of [der, toPem('CERTIFICATE', der)]) {
      const loaded = loadIssuer(input, issuer.signer);
      assert.deepEqual(
        Buffer.from(loaded.keyId),
        Buffer.from(keyIdentifier(readPublicKey(issuer.signer.spki).subjectPublicKey)),
      );
    }
  });

  it('needs the key that belongs to the certificate', async () => {
    const other = createSigner(await generateKeyPair({ kind: 'rsa', size: 2048 }));
    assert.throws(() => loadIssuer(issuer.certificate.der, other), { name: 'PkiError', code: 'issuer-key-mismatch' });
  });

  it('needs a CA certificate', async () => {
    const signer = createSigner(await generateKeyPair({ kind: 'ec', size: 256 }));
    const profile = compileLscProfile(issuer);
    const tbs = profile.encodeTbs({
      ...validityWithin(issuer.certificate, now, 1),
      deviceName: 'SEP001122334455',
      spki: signer.spki,
      serial: randomSerial(randomBytes),
    });
    const lsc = profile.assemble(tbs, await issuer.signer.sign(tbs));
    assert.throws(() => loadIssuer(lsc, signer), { name: 'PkiError', code: 'issuer-not-a-ca' });
  });

  it('needs a readable certificate', () => {
    assert.throws(() => loadIssuer('', issuer.signer), { name: 'PkiError', code: 'certificate-unreadable' });
  });
});
