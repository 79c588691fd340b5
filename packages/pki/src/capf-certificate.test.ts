import 'reflect-metadata';
import assert from 'node:assert/strict';
import { X509Certificate as NodeCertificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, X509Certificate } from '@peculiar/x509';
import { Certificate } from 'pkijs';
import { ownBuffer } from './bytes.js';
import { capfKeyType, createCapfCertificate } from './capf-certificate.js';
import { readCertificate } from './certificate-reader.js';
import { verifySignedBy } from './certificate-verification.js';
import { keyIdentifier } from './hashes.js';
import { generateKeyPair } from './keys.js';
import { readPublicKey } from './public-key.js';
import { createSigner } from './signer.js';
import { issuerSubject } from './testing/issuers.js';
import { lineAfter, openssl, opensslText } from './testing/openssl.js';

const now = new Date('2026-11-20T18:00:00.750Z');
const signer = createSigner(await generateKeyPair(capfKeyType));

describe('CAPF certificate', async () => {
  const der = await createCapfCertificate(signer, issuerSubject, now);

  it('has exactly the fields that the product promises', () => {
    const record = readCertificate(der);
    const keyId = Buffer.from(keyIdentifier(readPublicKey(signer.spki).subjectPublicKey)).toString('hex');
    assert.match(record.commonName ?? '', /^CAPF-[0-9a-f]{8}$/);
    assert.equal(record.subject, `CN=${record.commonName}, O=Prüfstand, OU=Phones, L=Köln, ST=NW, C=DE`);
    assert.equal(record.issuer, record.subject);
    assert.match(record.serial, /^[4-7][0-9a-f]{31}$/);
    assert.equal(record.notBefore.toISOString(), '2026-11-20T17:55:00.000Z');
    assert.equal(record.notAfter.toISOString(), '2046-11-20T18:00:00.000Z');
    assert.deepEqual(record.keyType, { kind: 'rsa', size: 2048 });
    assert.equal(record.signatureAlgorithm, '1.2.840.113549.1.1.11');
    assert.deepEqual([record.isCa, record.pathLength], [true, 0]);
    assert.deepEqual(record.keyUsage, ['digitalSignature', 'keyEncipherment', 'keyCertSign', 'cRLSign']);
    assert.equal(record.extendedKeyUsage, undefined);
    assert.equal(record.subjectKeyId, keyId);
    assert.equal(record.authorityKeyId, keyId);
    assert.deepEqual(record.extensions, ['2.5.29.19', '2.5.29.15', '2.5.29.14', '2.5.29.35']);
    assert.ok(verifySignedBy(record, record));
  });

  it('reads the same in OpenSSL', async () => {
    const lines = await opensslText(der);
    assert.ok(lines.includes('Version: 3 (0x2)'));
    assert.ok(lines.includes('Signature Algorithm: sha256WithRSAEncryption'));
    assert.ok(lines.includes('Public-Key: (2048 bit)'));
    assert.ok(lines.includes('Not Before: Nov 20 17:55:00 2026 GMT'));
    assert.ok(lines.includes('Not After : Nov 20 18:00:00 2046 GMT'));
    assert.equal(lineAfter(lines, 'X509v3 Basic Constraints: critical'), 'CA:TRUE, pathlen:0');
    assert.equal(
      lineAfter(lines, 'X509v3 Key Usage: critical'),
      'Digital Signature, Key Encipherment, Certificate Sign, CRL Sign',
    );
    assert.ok(!lines.some((line) => line.includes('Extended Key Usage')));
    const at = String(Date.parse('2026-11-20T17:55:00Z') / 1000);
    const verified = await openssl(
      { capf: der },
      'verify',
      '-x509_strict',
      '-attime',
      at,
      '-CAfile',
      '{capf}',
      '{capf}',
    );
    assert.match(verified, /: OK\n$/);
  });

  it('reads the same in @peculiar/x509, pkijs and node:crypto', async () => {
    const peculiar = new X509Certificate(ownBuffer(der));
    assert.ok(await peculiar.isSelfSigned());
    const constraints = peculiar.getExtension(BasicConstraintsExtension);
    assert.deepEqual([constraints?.ca, constraints?.pathLength, constraints?.critical], [true, 0, true]);
    const usage = peculiar.getExtension(KeyUsagesExtension);
    const { digitalSignature, keyEncipherment, keyCertSign, cRLSign } = KeyUsageFlags;
    assert.equal(usage?.usages, digitalSignature | keyEncipherment | keyCertSign | cRLSign);
    assert.equal(usage?.critical, true);
    assert.equal(Certificate.fromBER(ownBuffer(der)).extensions?.length, 4);
    const node = new NodeCertificate(der);
    assert.ok(node.ca && node.verify(node.publicKey));
  });

  it('needs no subject fields, and gets a name and serial of its own each time', async () => {
    const [first, second] = await Promise.all([createCapfCertificate(signer), createCapfCertificate(signer)]);
    const one = readCertificate(first);
    const other = readCertificate(second);
    assert.equal(one.subject, `CN=${one.commonName}`);
    assert.notEqual(one.commonName, other.commonName);
    assert.notEqual(one.serial, other.serial);
    assert.ok(Math.abs(Date.now() - 300_000 - one.notBefore.getTime()) < 60_000);
  });

  it('takes its name and serial from the randomness given, the serial always positive and 16 bytes long', async () => {
    for (const [byte, name, serial] of [
      [0x00, 'CAPF-00000000', `40${'00'.repeat(15)}`],
      [0xff, 'CAPF-ffffffff', `7f${'ff'.repeat(15)}`],
    ] as const) {
      const made = await createCapfCertificate(signer, {}, now, (size) => new Uint8Array(size).fill(byte));
      const record = readCertificate(made);
      assert.deepEqual([record.commonName, record.serial], [name, serial]);
    }
  });

  it('ends in GeneralizedTime when it ends in 2050 or later', async () => {
    const late = await createCapfCertificate(signer, {}, new Date('2040-02-29T00:00:00Z'));
    assert.equal(readCertificate(late).notAfter.toISOString(), '2060-02-29T00:00:00.000Z');
    assert.ok(Buffer.from(late).includes(`\x18\x0f20600229000000Z`));
    assert.ok((await opensslText(late)).includes('Not After : Feb 29 00:00:00 2060 GMT'));
  });

  it('is refused for an EC key', async () => {
    const ec = createSigner(await generateKeyPair({ kind: 'ec', size: 256 }));
    await assert.rejects(createCapfCertificate(ec), { name: 'PkiError', code: 'key-type-unsupported' });
  });
});
