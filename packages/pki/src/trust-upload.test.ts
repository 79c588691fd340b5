import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { derElement, derSequence, derTag } from './der-writer.js';
import { encodeDistinguishedName } from './distinguished-name.js';
import { extension } from './extensions.js';
import { generateKeyPair } from './keys.js';
import { toPem } from './pem.js';
import { certify, selfSigned, type TestCa } from './testing/certificates.js';
import { openssl } from './testing/openssl.js';
import { longestTrustUpload, mostTrustedCertificates, readTrustUpload } from './trust-upload.js';

const cas: TestCa[] = await Promise.all(
  ['One', 'Two', 'Three'].map(async (name) => ({
    name: encodeDistinguishedName(name),
    keys: await generateKeyPair({ kind: 'ec', size: 256 }),
  })),
);
const [one, two, three] = cas.map((ca) => selfSigned(ca));
assert.ok(one && two && three && cas[0]);
const endEntity = certify({ by: cas[0], subject: 'SEP001122334455', spki: cas[0].keys.spki });
const pem = (...ders: readonly Uint8Array[]) => ders.map((der) => toPem('CERTIFICATE', der)).join('');

/** A certificates-only message as openssl writes it. */
async function pkcs7(form: 'PEM' | 'DER', ...ders: readonly Uint8Array[]): Promise<Uint8Array> {
  const names = Object.fromEntries(ders.map((der, index) => [`c${index}`, der]));
  const files = ders.flatMap((_, index) => ['-certfile', `{c${index}}`]);
  const text = await openssl(names, 'crl2pkcs7', '-nocrl', ...files);
  if (form === 'PEM') return Buffer.from(text);
  return Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}

function hexOf(upload: Uint8Array | string): readonly string[] {
  return readTrustUpload(Buffer.from(upload)).map(({ der }) => Buffer.from(der).toString('hex'));
}

const wanted = (...ders: readonly Uint8Array[]) => ders.map((der) => Buffer.from(der).toString('hex'));
const refused = (upload: Uint8Array | string, code: string, message?: string) =>
  assert.throws(() => readTrustUpload(Buffer.from(upload)), { name: 'PkiError', code }, message);

describe('an upload to the trust store', () => {
  it('is one certificate in DER, or any number in PEM', () => {
    assert.deepEqual(hexOf(one), wanted(one));
    assert.deepEqual(hexOf(pem(one)), wanted(one));
    assert.deepEqual(hexOf(pem(one, two, three)), wanted(one, two, three));
    assert.deepEqual(hexOf(`\ufeffsubject=CN One\r\n${pem(one, two).replaceAll('\n', '\r\n')}`), wanted(one, two));
    assert.deepEqual(hexOf(pem(one).replaceAll('CERTIFICATE', 'X509 CERTIFICATE')), wanted(one));
  });

  it('is a PKCS#7 chain in DER or PEM, whatever the PEM calls it', async () => {
    const text = Buffer.from(await pkcs7('PEM', one, two, three)).toString();
    assert.match(text, /BEGIN PKCS7/);
    assert.deepEqual(hexOf(text), wanted(one, two, three));
    assert.deepEqual(hexOf(text.replaceAll('PKCS7', 'CMS')), wanted(one, two, three));
    assert.deepEqual(hexOf(text.replaceAll('PKCS7', 'CERTIFICATE')), wanted(one, two, three));
    assert.deepEqual(hexOf(await pkcs7('DER', one, two)), wanted(one, two));
  });

  it('is a PKCS#7 chain with lengths left open, as some programs write it', () => {
    const open = (tag: number, ...content: readonly Uint8Array[]) =>
      Buffer.concat([Uint8Array.of(tag, 0x80), ...content, Uint8Array.of(0, 0)]);
    const id = (last: number) => Buffer.from([6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, last]);
    const signedData = open(
      0x30,
      Uint8Array.of(2, 1, 1),
      derElement(derTag.set),
      derSequence(id(1)),
      open(0xa0, one, two),
      derElement(derTag.set),
    );
    assert.deepEqual(hexOf(open(0x30, id(2), open(0xa0, signedData))), wanted(one, two));
  });

  it('counts what stands twice once', async () => {
    assert.deepEqual(hexOf(pem(one, two, one)), wanted(one, two));
    assert.deepEqual(hexOf(await pkcs7('DER', one, one)), wanted(one));
  });

  it('is refused as a whole when something in it is no CA', async () => {
    refused(endEntity, 'trust-upload-not-a-ca');
    refused(pem(one, endEntity), 'trust-upload-not-a-ca');
    refused(await pkcs7('DER', one, endEntity), 'trust-upload-not-a-ca');
    refused(selfSigned(cas[0] as TestCa, { extensions: [extension.endEntity()] }), 'trust-upload-not-a-ca');
  });

  it('is refused when it is empty', async () => {
    refused('', 'trust-upload-empty');
    refused(' \n\t', 'trust-upload-empty');
    const none = derSequence(
      Buffer.from('06092a864886f70d010702', 'hex'),
      derElement(
        0xa0,
        derSequence(
          Uint8Array.of(2, 1, 1),
          derElement(derTag.set),
          derSequence(Buffer.from('06092a864886f70d010701', 'hex')),
          derElement(derTag.set),
        ),
      ),
    );
    refused(none, 'trust-upload-empty');
  });

  it('is refused when it is too large', () => {
    refused(Buffer.alloc(longestTrustUpload + 1, 0x20), 'trust-upload-too-large');
    const many = Array.from({ length: mostTrustedCertificates + 1 }, () => selfSigned(cas[0] as TestCa));
    refused(pem(...many), 'trust-upload-too-large');
    assert.equal(hexOf(pem(...many.slice(1))).length, mostTrustedCertificates);
  });

  it('is refused when it cannot be read', async () => {
    const message = await pkcs7('DER', one, two);
    const [ca] = cas;
    assert.ok(ca);
    const offCurve = { ...ca, keys: { ...ca.keys, spki: Uint8Array.from(ca.keys.spki) } };
    offCurve.keys.spki[40] = (offCurve.keys.spki[40] ?? 0) ^ 1;
    const cases: Record<string, Uint8Array | string> = {
      rubbish: Buffer.concat([Uint8Array.of(0xff), randomBytes(100)]),
      'a text': 'hello',
      'a cut-off certificate': one.subarray(0, -1),
      'two certificates in DER': Buffer.concat([one, two]),
      'a PEM block without an end': pem(one).slice(0, -10),
      'PEM that is no base64': '-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n',
      'a key in PEM': toPem('PUBLIC KEY', cas[0]?.keys.spki ?? one),
      'one good and one broken certificate': pem(one, two.subarray(1)),
      'a cut-off PKCS#7 message': message.subarray(0, -1),
      'a PKCS#7 message of something else': derSequence(
        Buffer.from('06092a864886f70d010701', 'hex'),
        derElement(0xa0, derElement(derTag.octetString)),
      ),
      'a CA whose key is no point on its curve': selfSigned(offCurve),
      'a root of old whose key is no point on its curve': selfSigned(offCurve, { version: 1, extensions: [] }),
      'an object identifier alone': derSequence(Buffer.from('06092a864886f70d010702', 'hex')),
    };
    for (const [what, upload] of Object.entries(cases)) refused(upload, 'trust-upload-unreadable', what);
  });

  it('gives CAs or a typed error, whatever bytes come', async () => {
    const message = await pkcs7('DER', one, two);
    const mutated = fc
      .array(fc.tuple(fc.nat(message.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => {
        const bytes = Uint8Array.from(message);
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      });
    const upload = fc.oneof(
      mutated,
      fc.uint8Array({ maxLength: 60 }),
      fc.string().map((text) => Buffer.from(text)),
      fc.nat(message.length).map((length) => message.subarray(0, length)),
    );
    fc.assert(
      fc.property(upload, (bytes) => {
        try {
          assert.ok(readTrustUpload(bytes).length > 0);
        } catch (error) {
          if (!String((error as { code?: unknown }).code).startsWith('trust-upload-')) throw error;
        }
      }),
      { numRuns: 400 },
    );
  });
});
