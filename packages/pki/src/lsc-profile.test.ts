import 'reflect-metadata';
import assert from 'node:assert/strict';
import { X509Certificate as NodeCertificate, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  AuthorityInfoAccessExtension,
  AuthorityKeyIdentifierExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsageExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
} from '@peculiar/x509';
import { Certificate } from 'pkijs';
import { ownBuffer, toHex } from './bytes.js';
import { readCertificate } from './certificate-reader.js';
import { verifySignedBy } from './certificate-verification.js';
import { keyIdentifier } from './hashes.js';
import type { Issuer } from './issuer.js';
import { generateKeyPair, type KeyPair } from './keys.js';
import { compileLscProfile, type LscProfile, longestStorableCertificate } from './lsc-profile.js';
import { type KeyType, keyTypeName, readPublicKey } from './public-key.js';
import { randomSerial } from './serial-number.js';
import { ecIssuer, rsaIssuer } from './testing/issuers.js';
import { lineAfter, openssl, opensslText } from './testing/openssl.js';
import type { Validity } from './validity.js';

const now = new Date('2026-11-20T18:00:00Z');
const validity: Validity = { notBefore: new Date('2026-11-20T17:55:00Z'), notAfter: new Date('2027-11-20T18:00:00Z') };
const issuerValidity: Validity = { notBefore: now, notAfter: new Date('2056-11-20T18:00:00Z') };
const within = String(Date.parse('2027-01-01T00:00:00Z') / 1000);
const deviceName = 'SEP001122334455';

const rsaSizes = [512, 1024, 2048, 3072, 4096];
const types: readonly KeyType[] = [
  ...rsaSizes.map((size) => ({ kind: 'rsa' as const, size })),
  { kind: 'ec', size: 256 },
  { kind: 'ec', size: 384 },
  { kind: 'ec', size: 521 },
];
const keys: readonly KeyPair[] = await Promise.all(types.map(generateKeyPair));
const issuers: Readonly<Record<string, Issuer>> = {
  'RSA 2048': await rsaIssuer(now),
  'EC P-256': await ecIssuer(256, issuerValidity),
  'EC P-384': await ecIssuer(384, issuerValidity),
  'EC P-521': await ecIssuer(521, issuerValidity),
};

async function issue(profile: LscProfile, spki: Uint8Array, of: Partial<Validity> = {}): Promise<Uint8Array> {
  const tbs = profile.encodeTbs({ deviceName, spki, serial: randomSerial(randomBytes), ...validity, ...of });
  return profile.assemble(tbs, await profile.issuer.signer.sign(tbs));
}

function keyOf(kind: KeyType['kind'], size: number): KeyPair {
  const found = keys.find(({ type }) => type.kind === kind && type.size === size);
  assert.ok(found);
  return found;
}

describe('LSC', () => {
  for (const [issuerName, issuer] of Object.entries(issuers)) {
    const profile = compileLscProfile(issuer);
    const rsaIssued = issuer.signer.type.kind === 'rsa';
    const inherited = rsaIssued ? ', O=Prüfstand, OU=Phones, L=Köln, ST=NW, C=DE' : ', C=FR';

    for (const { type, spki } of keys) {
      it(`with ${keyTypeName(type)} from an ${issuerName} issuer has exactly the promised fields in every reader`, async () => {
        const der = await issue(profile, spki);
        const usage =
          type.kind === 'rsa' ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature', 'keyAgreement'];
        const keyId = toHex(keyIdentifier(readPublicKey(spki).subjectPublicKey));

        const record = readCertificate(der);
        assert.equal(record.commonName, deviceName);
        assert.equal(record.subject, `CN=${deviceName}${inherited}`);
        assert.deepEqual(record.issuerDer, issuer.certificate.subjectDer);
        assert.match(record.serial, /^[4-7][0-9a-f]{31}$/);
        assert.deepEqual([record.notBefore, record.notAfter], [validity.notBefore, validity.notAfter]);
        assert.deepEqual(Buffer.from(record.spki), Buffer.from(spki));
        assert.deepEqual(record.keyType, type);
        assert.equal(record.signatureAlgorithm, rsaIssued ? '1.2.840.113549.1.1.11' : '1.2.840.10045.4.3.2');
        assert.deepEqual([record.isCa, record.pathLength], [false, undefined]);
        assert.deepEqual(record.keyUsage, usage);
        assert.deepEqual(record.extendedKeyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.5']);
        assert.equal(record.subjectKeyId, keyId);
        assert.equal(record.authorityKeyId, issuer.certificate.subjectKeyId);
        assert.deepEqual(record.extensions, ['2.5.29.19', '2.5.29.15', '2.5.29.37', '2.5.29.35', '2.5.29.14']);
        assert.ok(verifySignedBy(record, issuer.certificate));

        const peculiar = new X509Certificate(ownBuffer(der));
        assert.equal(peculiar.serialNumber, record.serial);
        assert.equal(peculiar.getExtension(SubjectKeyIdentifierExtension)?.keyId, keyId);
        assert.equal(peculiar.getExtension(AuthorityKeyIdentifierExtension)?.keyId, issuer.certificate.subjectKeyId);
        assert.deepEqual(
          [...(peculiar.getExtension(ExtendedKeyUsageExtension)?.usages ?? [])],
          record.extendedKeyUsage,
        );
        assert.deepEqual(Buffer.from(peculiar.publicKey.rawData), Buffer.from(spki));

        const pki = Certificate.fromBER(ownBuffer(der));
        assert.equal(pki.version, 2);
        assert.deepEqual(Buffer.from(pki.toSchema(true).toBER()), Buffer.from(der));
        assert.deepEqual(
          pki.extensions?.map(({ critical }) => critical),
          [true, true, false, false, false],
        );

        const node = new NodeCertificate(der);
        assert.equal(node.serialNumber.toLowerCase(), record.serial);
        assert.equal(node.subjectAltName, undefined);
        assert.ok(node.checkIssued(new NodeCertificate(issuer.certificate.der)));
      });
    }

    it(`from an ${issuerName} issuer passes openssl verify for every purpose it is for`, async () => {
      for (const { spki } of keys) {
        const certificates = { ca: issuer.certificate.der, lsc: await issue(profile, spki) };
        for (const purpose of ['sslclient', 'sslserver', 'any']) {
          const checks = ['-x509_strict', '-auth_level', '0', '-attime', within, '-purpose', purpose];
          assert.match(await openssl(certificates, 'verify', ...checks, '-CAfile', '{ca}', '{lsc}'), /: OK\n$/);
        }
      }
    });
  }

  const profile = compileLscProfile(issuers['RSA 2048'] as Issuer);

  it('reads in OpenSSL as it was meant', async () => {
    for (const [key, usage] of [
      [keyOf('rsa', 2048), 'Digital Signature, Key Encipherment'],
      [keyOf('ec', 256), 'Digital Signature, Key Agreement'],
    ] as const) {
      const lines = await opensslText(await issue(profile, key.spki));
      assert.ok(lines.includes('Version: 3 (0x2)'));
      assert.ok(
        lines.includes('Subject: C=DE,ST=NW,L=Köln,OU=Phones,O=Prüfstand,CN=SEP001122334455'),
        lines.join('\n'),
      );
      assert.equal(lineAfter(lines, 'X509v3 Basic Constraints: critical'), 'CA:FALSE');
      assert.equal(lineAfter(lines, 'X509v3 Key Usage: critical'), usage);
      assert.equal(
        lineAfter(lines, 'X509v3 Extended Key Usage:'),
        'TLS Web Server Authentication, TLS Web Client Authentication, IPSec End System',
      );
      const headings = lines.filter((line) => line.startsWith('X509v3 ') && line !== 'X509v3 extensions:');
      assert.equal(headings.length, 5);
    }
  });

  it('of an EC key may be used for key encipherment too when ecKeyUsage is cisco; RSA stays as it is', async () => {
    const cisco = compileLscProfile(profile.issuer, { ecKeyUsage: 'cisco' });
    const usageOf = async (key: KeyPair) => readCertificate(await issue(cisco, key.spki)).keyUsage;
    assert.deepEqual(await usageOf(keyOf('ec', 384)), ['digitalSignature', 'keyEncipherment', 'keyAgreement']);
    assert.deepEqual(await usageOf(keyOf('rsa', 1024)), ['digitalSignature', 'keyEncipherment']);
  });

  it('names CRL, OCSP and CA-issuers URLs when the issuer has them', async () => {
    const urls = {
      crl: ['http://crl.example.org/a.crl', 'ldap://dir.example.org/cn=x'],
      ocsp: ['http://ocsp.example.org'],
      caIssuers: ['https://ca.example.org/ca.der'],
    };
    const der = await issue(compileLscProfile(profile.issuer, { urls }), keyOf('rsa', 2048).spki);
    const peculiar = new X509Certificate(ownBuffer(der));
    const access = peculiar.getExtension(AuthorityInfoAccessExtension);
    assert.deepEqual(
      access?.ocsp.map(({ value }) => value),
      urls.ocsp,
    );
    assert.deepEqual(
      access?.caIssuers.map(({ value }) => value),
      urls.caIssuers,
    );
    assert.equal(peculiar.getExtension(CRLDistributionPointsExtension)?.distributionPoints.length, 2);
    const text = (await opensslText(der)).join('\n');
    for (const url of Object.values(urls).flat()) assert.ok(text.includes(`URI:${url}`), url);
  });

  it('is refused with malformed URLs', () => {
    for (const url of ['', 'crl.example.org', 'file:///etc/passwd', 'http://', 'http://ü.example.org', 'http://a b']) {
      for (const kind of ['crl', 'ocsp', 'caIssuers']) {
        const compile = () => compileLscProfile(profile.issuer, { urls: { [kind]: [url] } });
        assert.throws(compile, { name: 'PkiError', code: 'url-malformed' }, `${kind} ${url}`);
      }
    }
  });

  it('ends in GeneralizedTime from 2050 on', async () => {
    const ec = compileLscProfile(issuers['EC P-256'] as Issuer);
    const notAfter = new Date('2051-01-02T03:04:05Z');
    const der = await issue(ec, keyOf('ec', 256).spki, { notAfter });
    assert.deepEqual(readCertificate(der).notAfter, notAfter);
    assert.ok(Buffer.from(der).includes('\x18\x0f20510102030405Z'));
  });

  it('is never larger than foreseen, and small enough for one message to a phone', async () => {
    for (const issuer of Object.values(issuers)) {
      const each = compileLscProfile(issuer);
      for (const { spki } of keys) {
        const tbs = each.encodeTbs({ deviceName, spki, serial: randomSerial(randomBytes), ...validity });
        const size = each.assemble(tbs, await issuer.signer.sign(tbs)).length;
        assert.ok(size <= each.largestSize(tbs) && each.largestSize(tbs) - size < 12, `${size}`);
        assert.ok(each.largestSize(tbs) < longestStorableCertificate);
      }
    }
  });
});
