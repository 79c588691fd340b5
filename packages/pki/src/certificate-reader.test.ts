import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type CertificateRecord, longestCertificate, readCertificate } from './certificate-reader.js';
import { DerReader, readSoleElement } from './der-reader.js';
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

/** A certificate whose to-be-signed fields were changed: version, serial, algorithm, issuer, validity, subject, key, extensions. */
function rebuilt(change: (fields: Uint8Array[]) => void): Uint8Array {
  const outer = new DerReader(readSoleElement(certificateWith({}), derTag.sequence).content);
  const inner = new DerReader(outer.read(derTag.sequence).content);
  const fields: Uint8Array[] = [];
  while (!inner.atEnd) fields.push(inner.read().raw);
  change(fields);
  return derSequence(derSequence(...fields), outer.read().raw, outer.read().raw);
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

  it('says which extensions are critical, also where a maker wrote out that one is not', () => {
    const flagged = (type: string, ...flag: readonly number[]) =>
      derSequence(derObjectIdentifier(type), derElement(derTag.boolean, Uint8Array.of(...flag)), octets);
    const octets = derOctetString(derElement(derTag.null));
    const extensions = [flagged('1.2.3.1', 0xff), flagged('1.2.3.2', 0), extensionOf('1.2.3.3', octets)];
    const record = readCertificate(certificateWith({ extensions }));
    assert.deepEqual(record.criticalExtensions, ['1.2.3.1']);
    assert.deepEqual(record.extensions, ['1.2.3.1', '1.2.3.2', '1.2.3.3']);
    assert.throws(() => readCertificate(certificateWith({ extensions: [flagged('1.2.3.1', 1, 1)] })), unreadable);
  });

  it('reads dates of both centuries and forms, and no others', () => {
    const validityOf = (...times: readonly [tag: number, text: string][]) =>
      readCertificate(
        rebuilt((fields) => {
          fields[4] = derSequence(...times.map(([tag, text]) => derElement(tag, Buffer.from(text))));
        }),
      );
    const { utcTime, generalizedTime } = derTag;
    const { notBefore, notAfter } = validityOf([utcTime, '500101000000Z'], [utcTime, '491231235959Z']);
    assert.deepEqual([notBefore, notAfter], [new Date('1950-01-01T00:00:00Z'), new Date('2049-12-31T23:59:59Z')]);
    assert.deepEqual(
      validityOf([utcTime, '240229000000Z'], [generalizedTime, '99991231235959Z']).notAfter,
      new Date('9999-12-31T23:59:59Z'),
    );
    const wrong: readonly [number, string][] = [
      [utcTime, '241301000000Z'],
      [utcTime, '230229000000Z'],
      [utcTime, '240101240000Z'],
      [utcTime, '2401010000Z'],
      [utcTime, '240101000000+0100'],
      [utcTime, '20240101000000Z'],
      [utcTime, ''],
      [generalizedTime, '20240101000000.5Z'],
      [generalizedTime, '240101000000Z'],
      [derTag.utf8String, '240101000000Z'],
    ];
    for (const [tag, text] of wrong) {
      assert.throws(() => validityOf([utcTime, '230101000000Z'], [tag, text]), unreadable, text);
    }
    assert.throws(() => validityOf([utcTime, '230101000000Z']), unreadable);
    const three = new Array(3).fill([utcTime, '230101000000Z']) as [number, string][];
    assert.throws(() => validityOf(...three), unreadable);
  });

  it('takes the fields of the grammar in their order, and nothing else', () => {
    const unique = [derElement(0x81, Uint8Array.of(0, 1)), derElement(0x82, Uint8Array.of(0, 2))];
    assert.equal(readCertificate(rebuilt((fields) => fields.splice(7, 0, ...unique))).commonName, 'somebody');
    const versionOf = (...octets: readonly number[]) =>
      derElement(derTag.explicit0, derElement(derTag.integer, Uint8Array.of(...octets)));
    const wrong: Record<string, (fields: Uint8Array[]) => void> = {
      'version 4': (fields) => fields.splice(0, 1, versionOf(3)),
      'a version of two octets': (fields) => fields.splice(0, 1, versionOf(1, 0)),
      'another signature algorithm within': (fields) => fields.splice(2, 1, sha256SignatureAlgorithm('rsa')),
      'two issuers': (fields) => fields.splice(3, 0, fields[3] ?? new Uint8Array()),
      'unique identifiers in the wrong order': (fields) => fields.splice(7, 0, ...unique.toReversed()),
      'extensions twice': (fields) => fields.push(fields[7] ?? new Uint8Array()),
      'something behind the extensions': (fields) => fields.push(derElement(derTag.null)),
      'no key': (fields) => fields.splice(6, 1),
      'a key of one part': (fields) => fields.splice(6, 1, derSequence(sha256SignatureAlgorithm('rsa'))),
    };
    for (const [what, change] of Object.entries(wrong)) {
      assert.throws(() => readCertificate(rebuilt(change)), unreadable, what);
    }
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
