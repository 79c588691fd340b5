import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { toHex } from './bytes.js';
import { certificateMd5, keyIdentifier, publicKeyMd5, sha256Hex } from './hashes.js';
import { rsaIssuer } from './testing/issuers.js';
import { openssl } from './testing/openssl.js';

const abc = Buffer.from('abc');

describe('hashes', () => {
  it('are lower-case hex of the standard digests', () => {
    assert.equal(certificateMd5(abc), '900150983cd24fb0d6963f7d28e17f72');
    assert.equal(publicKeyMd5(abc), '900150983cd24fb0d6963f7d28e17f72');
    assert.equal(sha256Hex(abc), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    assert.equal(toHex(keyIdentifier(abc)), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  });

  it('agree with OpenSSL over a certificate and its key', async () => {
    const { certificate } = await rsaIssuer(new Date());
    const fingerprint = await openssl({ it: certificate.der }, 'x509', '-in', '{it}', '-noout', '-fingerprint', '-md5');
    assert.equal(fingerprint.trim().split('=')[1]?.replaceAll(':', '').toLowerCase(), certificateMd5(certificate.der));
    const pem = await openssl({ it: certificate.der }, 'x509', '-in', '{it}', '-noout', '-pubkey');
    const spki = Buffer.from(pem.replace(/-----[^-]+-----|\n/g, ''), 'base64');
    assert.equal(createHash('md5').update(spki).digest('hex'), publicKeyMd5(certificate.spki));
  });
});
