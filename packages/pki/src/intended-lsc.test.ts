import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { derElement, derOctetString, derSequence } from './der-writer.js';
import { encodeDeviceName, encodeDistinguishedName, inheritedNames } from './distinguished-name.js';
import { extension } from './extensions.js';
import { keyIdentifier } from './hashes.js';
import { readIntendedLsc } from './intended-lsc.js';
import { generateKeyPair } from './keys.js';
import { compileLscProfile, type LscFields, lscPurposes } from './lsc-profile.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';
import { readPublicKey } from './public-key.js';
import { randomSerial } from './serial-number.js';
import { encodeTbsCertificate, sha256SignatureAlgorithm, type TbsFields } from './tbs-certificate.js';
import { ecIssuer, rsaIssuer } from './testing/issuers.js';
import { validityWithin } from './validity.js';

const now = new Date('2026-11-20T18:00:00Z');
const issuer = await rsaIssuer(now);
const profile = compileLscProfile(issuer);
const pair = await generateKeyPair({ kind: 'ec', size: 256 });
const { notBefore, notAfter } = validityWithin(issuer.certificate, now, 365);
const fields: LscFields = {
  deviceName: 'SEP001122334455',
  spki: pair.spki,
  serial: randomSerial(randomBytes),
  notBefore,
  notAfter,
};
const malformed = { name: 'PkiError', code: 'lsc-tbs-malformed' };

const extensions = {
  constraints: extension.endEntity(),
  usage: extension.keyUsage('digitalSignature', 'keyAgreement'),
  purposes: extension.extendedKeyUsage(...lscPurposes),
  authority: extension.authorityKeyIdentifier(issuer.keyId),
  subject: extension.subjectKeyIdentifier(keyIdentifier(readPublicKey(pair.spki).subjectPublicKey)),
};

/** To-be-signed bytes that differ from a proper LSC's in the parts given. */
function tbsWith(
  parts: Partial<TbsFields>,
  changed: Partial<Record<keyof typeof extensions, Uint8Array>> = {},
): Uint8Array {
  return encodeTbsCertificate({
    ...fields,
    signatureAlgorithm: sha256SignatureAlgorithm('rsa'),
    issuer: issuer.certificate.subjectDer,
    subject: derSequence(encodeDeviceName(fields.deviceName), inheritedNames(issuer.certificate.subjectDer)),
    extensions: Object.values({ ...extensions, ...changed }),
    ...parts,
  });
}

describe('kept to-be-signed bytes', () => {
  it('give back what the LSC was made from', async () => {
    const ec = compileLscProfile(await ecIssuer(384, { notBefore: now, notAfter: new Date('2060-01-01Z') }));
    const { spki } = await generateKeyPair({ kind: 'rsa', size: 1024 });
    const urls = { crl: ['http://a.example/x'], ocsp: ['http://b.example/y'] };
    for (const each of [profile, ec]) {
      for (const settings of [{}, { urls }, { ecKeyUsage: 'cisco' as const }]) {
        for (const key of [pair.spki, spki]) {
          const made = { ...fields, spki: key, notAfter: new Date('2055-05-05T05:05:05Z') };
          const read = readIntendedLsc(each, compileLscProfile(each.issuer, settings).encodeTbs(made));
          assert.deepEqual(
            { ...read, spki: Buffer.from(read.spki), serial: Buffer.from(read.serial) },
            {
              ...made,
              spki: Buffer.from(made.spki),
              serial: Buffer.from(made.serial),
            },
          );
        }
      }
    }
  });

  it('are what this test believes them to be', () => {
    assert.deepEqual(tbsWith({}), profile.encodeTbs(fields));
  });

  it("are refused unless they are one of this issuer's LSCs to the last byte", async () => {
    const stranger = await rsaIssuer(now);
    const name = encodeDistinguishedName('CAPF-00000000');
    const bareAlternativeName = extension.subjectAltName(['a.example'], []);
    const criticalUrls = derSequence(
      derObjectIdentifier(oid.crlDistributionPoints),
      derElement(0x01, Uint8Array.of(0xff)),
      derOctetString(derSequence()),
    );
    const all = Object.values(extensions);
    const cases: Record<string, Uint8Array> = {
      nothing: new Uint8Array(),
      rubbish: randomBytes(300),
      'a CA certificate': tbsWith({}, { constraints: extension.issuerOfEndEntities() }),
      'no basicConstraints': tbsWith({ extensions: all.slice(1) }),
      keyCertSign: tbsWith({}, { usage: extension.keyUsage('digitalSignature', 'keyCertSign') }),
      'the key usage of another kind of key': tbsWith(
        {},
        { usage: extension.keyUsage('digitalSignature', 'keyEncipherment') },
      ),
      'another purpose': tbsWith({}, { purposes: extension.extendedKeyUsage(oid.serverAuth, '1.3.6.1.5.5.7.3.3') }),
      'a subjectAltName': tbsWith({ extensions: [...all, bareAlternativeName] }),
      'a critical URL extension': tbsWith({ extensions: [...all, criticalUrls] }),
      'an extension twice': tbsWith({ extensions: [...all, extensions.usage] }),
      'another key identifier': tbsWith({}, { subject: extension.subjectKeyIdentifier(new Uint8Array(20)) }),
      'another issuer': compileLscProfile(stranger).encodeTbs(fields),
      "the issuer's name alone": tbsWith({}, { authority: extension.authorityKeyIdentifier(stranger.keyId) }),
      'another signature algorithm': tbsWith({ signatureAlgorithm: sha256SignatureAlgorithm('ec') }),
      'another subject': tbsWith({ subject: name }),
      "the issuer's subject": tbsWith({ subject: issuer.certificate.subjectDer }),
      'bytes behind': Buffer.concat([tbsWith({}), Uint8Array.of(0)]),
    };
    for (const [what, tbs] of Object.entries(cases))
      assert.throws(() => readIntendedLsc(profile, tbs), malformed, what);
  });

  it('are refused or read the same when bytes were changed', () => {
    const tbs = tbsWith({});
    fc.assert(
      fc.property(fc.nat(tbs.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const altered = Uint8Array.from(tbs, (byte, index) => (index === at ? byte ^ change : byte));
        try {
          const read = readIntendedLsc(profile, altered);
          assert.deepEqual(Buffer.from(profile.encodeTbs(read)), Buffer.from(altered));
        } catch (error) {
          if ((error as { code?: unknown }).code !== 'lsc-tbs-malformed') throw error;
        }
      }),
      { numRuns: 400 },
    );
  });
});
