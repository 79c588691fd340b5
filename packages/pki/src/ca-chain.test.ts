import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readCaChain } from './ca-chain.js';
import { type CaUse, createCaRequest } from './ca-request.js';
import { pemBundle, pkcs7Bundle, withoutRepeats } from './certificate-bundle.js';
import { readCertificate } from './certificate-reader.js';
import { encodeDistinguishedName } from './distinguished-name.js';
import { extension } from './extensions.js';
import { generateKeyPair } from './keys.js';
import { oid } from './object-identifiers.js';
import { toPem } from './pem.js';
import { createIssuerCertificate } from './self-signed.js';
import { createSigner } from './signer.js';
import { certify, selfSigned, type TestCa } from './testing/certificates.js';
import { Workshop } from './testing/workshop.js';

const now = new Date('2026-11-20T18:00:00Z');
const keys = await generateKeyPair({ kind: 'ec', size: 256 });
const ca = async (name: string): Promise<TestCa> => ({
  name: encodeDistinguishedName(name),
  keys: await generateKeyPair({ kind: 'ec', size: 256 }),
});
const [root, middle] = [await ca('Site root'), await ca('Site CA')];
const mayIssue = [extension.keyUsage('digitalSignature', 'keyEncipherment', 'keyCertSign', 'cRLSign')];
const caTrue = readableCa();
const rootDer = selfSigned(root, { extensions: [caTrue, extension.keyUsage('keyCertSign', 'cRLSign')] });
const middleDer = certify({
  by: root,
  subject: middle.name,
  spki: middle.keys.spki,
  extensions: [caTrue, extension.keyUsage('keyCertSign', 'cRLSign')],
});

/** CA:TRUE without a path length. */
function readableCa(): Uint8Array {
  return Buffer.from('300f0603551d130101ff040530030101ff', 'hex');
}

const signed = (changes: Partial<Parameters<typeof certify>[0]> = {}): Uint8Array =>
  certify({
    by: middle,
    subject: 'CAPF-12345678',
    spki: keys.spki,
    extensions: [extension.issuerOfEndEntities(), ...mayIssue],
    ...changes,
  });
const read = (certificates: readonly Uint8Array[], use: CaUse = 'issuer', upload = pkcs7Bundle(certificates)) =>
  readCaChain(upload, { spki: keys.spki, use, now, validityDays: 365 });
const codes = (certificates: readonly Uint8Array[], use?: CaUse) =>
  read(certificates, use).warnings.map(({ code }) => code);

describe('the chain that a CA of the site gives back', () => {
  it('is put in order, from PEM and PKCS#7, without what does not belong to it', async () => {
    const stranger = selfSigned(await ca('Stranger'));
    const given = [rootDer, stranger, signed(), middleDer];
    for (const upload of [Buffer.from(pemBundle(given)), pkcs7Bundle(given)]) {
      const { certificate, chain, warnings } = read(given, 'capf', upload);
      assert.equal(certificate.commonName, 'CAPF-12345678');
      assert.deepEqual(
        chain.map(({ commonName }) => commonName),
        ['Site CA', 'Site root'],
      );
      assert.deepEqual(warnings, []);
    }
  });

  it('must be for the key that asked, of CAs, within their dates, each signed by the next', async () => {
    const other = await generateKeyPair({ kind: 'ec', size: 256 });
    assert.throws(() => read([signed({ spki: other.spki }), middleDer, rootDer]), { code: 'issuer-key-mismatch' });
    assert.throws(() => read([signed({ extensions: [extension.endEntity()] }), middleDer, rootDer]), {
      code: 'issuer-not-a-ca',
    });
    assert.throws(() => read([signed({ notAfter: new Date('2026-01-01Z') }), middleDer, rootDer]), {
      code: 'issuer-expired',
    });
    assert.throws(() => read([signed()]), { code: 'issuer-chain-broken', message: /Site CA/ });
    const impostor = selfSigned({ name: middle.name, keys: root.keys });
    assert.throws(() => read([signed(), impostor]), { code: 'issuer-chain-broken' });
  });

  it('may hold no CA of the site that bears the name of a CAPF', async () => {
    const misnamed = await ca('CAPF-abcdef01');
    const above = selfSigned(misnamed, { extensions: [caTrue, ...mayIssue] });
    assert.throws(() => read([signed({ by: misnamed }), above]), { code: 'issuer-name-reserved' });
  });

  it('is warned about where LSCs below it would not serve', async () => {
    const usage = (...purposes: string[]) => [
      extension.issuerOfEndEntities(),
      ...mayIssue,
      extension.extendedKeyUsage(...purposes),
    ];
    assert.deepEqual(codes([signed({ extensions: usage(oid.serverAuth) }), middleDer, rootDer]), [
      'chain-not-for-clients',
    ]);
    assert.deepEqual(codes([signed({ extensions: usage(oid.anyExtendedKeyUsage) }), middleDer, rootDer]), []);
    assert.deepEqual(codes([signed({ extensions: usage(oid.clientAuth) }), middleDer, rootDer], 'capf'), [
      'chain-not-for-servers',
    ]);
    const shallow = selfSigned(middle, { extensions: [extension.issuerOfEndEntities(), ...mayIssue] });
    assert.deepEqual(codes([signed(), shallow]), ['chain-path-too-short']);
    assert.deepEqual(codes([signed(), middleDer]), ['chain-without-root']);
    const bare = [extension.issuerOfEndEntities(), extension.keyUsage('keyCertSign')];
    assert.deepEqual(codes([signed({ extensions: bare }), middleDer, rootDer], 'capf'), [
      'chain-no-crl-sign',
      'chain-no-key-encipherment',
      'chain-no-digital-signature',
    ]);
    assert.deepEqual(codes([signed({ notAfter: new Date('2027-01-01Z') }), middleDer, rootDer]), [
      'chain-shorter-than-lscs',
    ]);
  });
});

describe('a request to a CA of the site', () => {
  let shop: Workshop;
  before(async () => {
    shop = await Workshop.open();
  });
  after(async () => await shop[Symbol.asyncDispose]());

  it('is signed by the key and asks for what its use needs, and openssl makes a CA of it', async () => {
    for (const [use, wants] of [
      ['capf', /Digital Signature, Key Encipherment, Certificate Sign\n[\s\S]*TLS Web Server Authentication/],
      ['issuer', /Digital Signature, Certificate Sign, CRL Sign/],
    ] as const) {
      const signer = createSigner(await generateKeyPair({ kind: 'rsa', size: 2048 }));
      const own = readCertificate(await createIssuerCertificate(signer, { commonName: 'Site LSC issuer' }, now));
      await shop.write('it.csr', await createCaRequest(signer, own.subjectDer, use));
      const text = await shop.openssl('req -in it.csr -inform DER -verify -noout -text -nameopt RFC2253');
      assert.match(text, wants);
      assert.match(text, /CA:TRUE, pathlen:0/);
      assert.match(text, /Subject: CN=Site LSC issuer/);
      await shop.openssl('genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ca.pem');
      await shop.openssl('req -x509 -new -key ca.pem -subj /CN=Site -out ca.crt -days 9000');
      await shop.openssl(
        'x509 -req -in it.csr -inform DER -CA ca.crt -CAkey ca.pem -set_serial 7 -days 8000 -copy_extensions copyall -out it.crt',
      );
      const upload = Buffer.concat([await shop.read('it.crt'), await shop.read('ca.crt')]);
      const { warnings } = readCaChain(upload, { spki: signer.spki, use, now: new Date(), validityDays: 365 });
      const expected = use === 'capf' ? ['chain-not-for-clients', 'chain-no-crl-sign'] : [];
      assert.deepEqual(
        warnings.map(({ code }) => code),
        expected,
      );
    }
  });

  it('and bundles are read by openssl', async () => {
    const all = withoutRepeats([rootDer, middleDer, rootDer]);
    assert.equal(all.length, 2);
    await shop.write('bundle.p7b', pkcs7Bundle(all));
    const listed = await shop.openssl('pkcs7 -inform DER -in bundle.p7b -print_certs');
    const listedPem = listed
      .match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----\n/g)
      ?.map((pem) => readCertificate(pem).subject);
    assert.deepEqual(listedPem, [readCertificate(toPem('CERTIFICATE', rootDer)).subject, 'CN=Site CA']);
  });
});
