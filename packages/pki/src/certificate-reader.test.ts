import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type CertificateRecord, longestCertificate, readCertificate } from './certificate-reader.js';
import { derElement, derOctetString, derSequence, derTag } from './der-writer.js';
import { encodeDistinguishedName } from './distinguished-name.js';
import { extension } from './extensions.js';
import { generateKeyPair } from './keys.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';
import { toPem } from './pem.js';
import { createSigner } from './signer.js';
import {
  assembleCertificate,
  encodeTbsCertificate,
  sha256SignatureAlgorithm,
  type TbsFields,
} from './tbs-certificate.js';
import { rsaIssuer } from './testing/issuers.js';

const now = new Date('2026-11-20T18:00:00Z');
const unreadable = { name: 'PkiError', code: 'certificate-unreadable' };
const { certificate } = await rsaIssuer(now);
const signer = createSigner(await generateKeyPair({ kind: 'ec', size: 256 }));

/** A certificate with chosen fields; nobody checks its signature. */
function certificateWith(fields: Partial<TbsFields>): Uint8Array {
  const name = encodeDistinguishedName('somebody');
  const signatureAlgorithm = sha256SignatureAlgorithm('ec');
  const tbs = encodeTbsCertificate({
    serial: Uint8Array.of(1),
    signatureAlgorithm,
    issuer: name,
    subject: name,
    spki: signer.spki,
    notBefore: now,
    notAfter: now,
    extensions: [extension.endEntity()],
    ...fields,
  });
  return assembleCertificate(tbs, signatureAlgorithm, new Uint8Array(8));
}

function extensionOf(type: string, value: Uint8Array): Uint8Array {
  return derSequence(derObjectIdentifier(type), derOctetString(value));
}

function extensionsOf(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => extensionOf(`1.2.3.${index}`, Uint8Array.of(5, 0)));
}

function commonName(value: string): Uint8Array {
  const text = derElement(derTag.utf8String, Buffer.from(value));
  return derElement(derTag.set, derSequence(derObjectIdentifier(oid.commonName), text));
}

describe('reading a certificate', () => {
  it('gives the same record from DER, PEM text and PEM bytes', () => {
    const pem = toPem('CERTIFICATE', certificate.der);
    for (const input of [certificate.der, pem, Buffer.from(pem), `Bag Attributes\n  friendlyName: x\n${pem}`]) {
      assert.deepEqual(readCertificate(input), certificate);
    }
  });

  it('keeps the bytes that it was given, on memory of its own', () => {
    const bytes = Uint8Array.from(certificate.der);
    const record = readCertificate(bytes);
    bytes.fill(0);
    assert.deepEqual(record.der, certificate.der);
  });

  it('reads every key usage', () => {
    const usageOf = (bits: string) =>
      readCertificate(certificateWith({ extensions: [extensionOf(oid.keyUsage, Buffer.from(bits, 'hex'))] })).keyUsage;
    assert.deepEqual(usageOf('03020780'), ['digitalSignature']);
    assert.deepEqual(usageOf('030307ff80'), [
      'digitalSignature',
      'nonRepudiation',
      'keyEncipherment',
      'dataEncipherment',
      'keyAgreement',
      'keyCertSign',
      'cRLSign',
      'encipherOnly',
      'decipherOnly',
    ]);
    assert.deepEqual(usageOf('030100'), []);
  });

  it('reads constraints, purposes and identifiers in every form', () => {
    const read = (type: string, hex: string) =>
      readCertificate(certificateWith({ extensions: [extensionOf(type, Buffer.from(hex, 'hex'))] }));
    const constraintsOf = (hex: string) => {
      const { isCa, pathLength } = read(oid.basicConstraints, hex);
      return [isCa, pathLength];
    };
    assert.deepEqual(constraintsOf('3000'), [false, undefined]);
    assert.deepEqual(constraintsOf('30030101ff'), [true, undefined]);
    assert.deepEqual(constraintsOf('30060101ff020103'), [true, 3]);
    assert.deepEqual(read(oid.extKeyUsage, '300a06082b06010505070302').extendedKeyUsage, ['1.3.6.1.5.5.7.3.2']);
    assert.equal(read(oid.authorityKeyIdentifier, '30048002abcd').authorityKeyId, 'abcd');
    assert.equal(read(oid.authorityKeyIdentifier, '3003820101').authorityKeyId, undefined);
  });

  it('says undefined for what a certificate leaves open', () => {
    const record = readCertificate(certificateWith({}));
    const { keyUsage, extendedKeyUsage, subjectKeyId, authorityKeyId, pathLength } = record;
    assert.deepEqual(
      [keyUsage, extendedKeyUsage, subjectKeyId, authorityKeyId, pathLength],
      new Array(5).fill(undefined),
    );
    assert.equal(record.serial, '01');
  });

  it('finds no common name where there is none, or more than one', () => {
    const commonNameOf = (...names: string[]) =>
      readCertificate(certificateWith({ subject: derSequence(...names.map(commonName)) })).commonName;
    assert.equal(commonNameOf(), undefined);
    assert.equal(commonNameOf('SEP001122334455'), 'SEP001122334455');
    assert.equal(commonNameOf('SEP001122334455', 'SEPAABBCCDDEEFF'), undefined);
    assert.equal(commonNameOf('SEP001122334455\0x'), 'SEP001122334455\0x');
  });

  it('knows the key type, or says that it does not', async () => {
    const { spki } = await generateKeyPair({ kind: 'rsa', size: 1024 });
    assert.deepEqual(readCertificate(certificateWith({ spki })).keyType, { kind: 'rsa', size: 1024 });
    const ed25519 = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), randomBytes(32)]);
    assert.equal(readCertificate(certificateWith({ spki: ed25519 })).keyType, undefined);
  });

  it('refuses what is not one readable certificate', () => {
    const { der } = certificate;
    const pem = toPem('CERTIFICATE', der);
    const cases: Record<string, Uint8Array | string> = {
      nothing: new Uint8Array(),
      'an empty text': '',
      rubbish: randomBytes(100),
      'a text': 'hello',
      'a cut-off certificate': der.subarray(0, der.length - 1),
      'bytes behind the certificate': Buffer.concat([der, Uint8Array.of(0)]),
      'two certificates': pem + pem,
      'a key in PEM': toPem('PUBLIC KEY', certificate.spki),
      'PEM that is no base64': '-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n',
      'an empty PEM block': '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
      'a certificate that is too long': derSequence(new Uint8Array(longestCertificate)),
      'an extension twice': certificateWith({ extensions: [extension.endEntity(), extension.endEntity()] }),
      'a broken basicConstraints': certificateWith({
        extensions: [extensionOf(oid.basicConstraints, Uint8Array.of(5, 0))],
      }),
      'a broken key usage': certificateWith({ extensions: [extensionOf(oid.keyUsage, Uint8Array.of(5, 0))] }),
      'a broken extendedKeyUsage': certificateWith({ extensions: [extensionOf(oid.extKeyUsage, Uint8Array.of(5, 0))] }),
      'a broken key identifier': certificateWith({
        extensions: [extensionOf(oid.subjectKeyIdentifier, Uint8Array.of(5, 0))],
      }),
      'a broken authority key identifier': certificateWith({
        extensions: [extensionOf(oid.authorityKeyIdentifier, Uint8Array.of(5, 0))],
      }),
      'deep nesting': nested(longestCertificate),
      'a name of many attributes': certificateWith({ subject: derSequence(...new Array(100).fill(commonName('a'))) }),
      'many extensions': certificateWith({ extensions: extensionsOf(100) }),
      'a path length of two bytes': certificateWith({
        extensions: [extensionOf(oid.basicConstraints, Buffer.from('30070101ff02020100', 'hex'))],
      }),
    };
    for (const [what, input] of Object.entries(cases)) assert.throws(() => readCertificate(input), unreadable, what);
  });

  it('gives a record or the one typed error, whatever bytes come', () => {
    const { der } = certificate;
    const mutated = fc
      .array(fc.tuple(fc.nat(der.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => {
        const bytes = Uint8Array.from(der);
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      });
    const input = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.string(),
      mutated,
      fc.nat(der.length).map((length) => der.subarray(0, length)),
    );
    fc.assert(
      fc.property(input, (bytes) => {
        let record: CertificateRecord;
        try {
          record = readCertificate(bytes);
        } catch (error) {
          if ((error as { code?: unknown }).code !== 'certificate-unreadable') throw error;
          return;
        }
        if (bytes instanceof Uint8Array) assert.deepEqual(Buffer.from(record.der), Buffer.from(bytes));
      }),
      { numRuns: 500 },
    );
  });
});

/** Sequences in sequences, as deep as so many bytes allow. */
function nested(size: number): Uint8Array {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.set([0x30, 0x82, (size - at - 4) >> 8, (size - at - 4) & 0xff], at);
  return bytes;
}
