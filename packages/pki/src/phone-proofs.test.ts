import assert from 'node:assert/strict';
import { constants, createHash, createPublicKey, createSign, privateEncrypt, publicDecrypt } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type CertificateRecord, readCertificate } from './certificate-reader.js';
import { DerReader, readSoleElement } from './der-reader.js';
import { derElement, derSequence, derTag, derUnsignedInteger } from './der-writer.js';
import { encodeDistinguishedName } from './distinguished-name.js';
import { generateKeyPair, type KeyPair } from './keys.js';
import {
  type ProofCheck,
  type ProofSignatures,
  signDeviceProof,
  signSudiProof,
  verifyDeviceProof,
  verifySudiProof,
} from './phone-proofs.js';
import { type KeyType, readPublicKey } from './public-key.js';
import { certify } from './testing/certificates.js';
import { rsaSpki } from './testing/public-keys.js';

const name = 'SEP001122334455';
const policy = { minRsaBits: 512 };
const ca = { name: encodeDistinguishedName('CA'), keys: await generateKeyPair({ kind: 'ec', size: 256 }) };

interface Device {
  readonly keys: KeyPair;
  readonly certificate: CertificateRecord;
}

function certificateOf(spki: Uint8Array): CertificateRecord {
  return readCertificate(certify({ by: ca, subject: name, spki }));
}

async function device(type: KeyType): Promise<Device> {
  const keys = await generateKeyPair(type);
  return { keys, certificate: certificateOf(keys.spki) };
}

function codeOf(check: ProofCheck): string {
  return check.ok ? 'ok' : check.code;
}

const rsa = await device({ kind: 'rsa', size: 1024 });
const ec = await device({ kind: 'ec', size: 256 });
const small = await device({ kind: 'rsa', size: 512 });

function deviceProof({ keys, certificate }: Device) {
  return signDeviceProof(keys.privateKey, name, certificate.der);
}

function verdict({ certificate }: Device, signatures: ProofSignatures, minRsaBits = 512): string {
  return codeOf(verifyDeviceProof(certificate, name, signatures, { minRsaBits }));
}

describe('a proof', () => {
  it('verifies for every kind of key, with SHA-256 and with SHA-512', async () => {
    const others = await Promise.all(
      (
        [
          { kind: 'rsa', size: 2048 },
          { kind: 'ec', size: 384 },
          { kind: 'ec', size: 521 },
        ] as const
      ).map(device),
    );
    for (const { keys, certificate } of [rsa, ec, ...others]) {
      for (const id of [2, 3] as const) {
        const own = signDeviceProof(keys.privateKey, name, certificate.der, id);
        assert.equal(own.sha2?.digestId, id);
        assert.deepEqual(verifyDeviceProof(certificate, name, own, policy), { ok: true });
        const sudi = signSudiProof(keys.privateKey, 0x80a0b0c1, certificate.der, id);
        assert.deepEqual(verifySudiProof(certificate, 0x80a0b0c1, sudi, policy), { ok: true });
      }
    }
  });

  it('is a bare digest with type 1 padding over name, NUL and certificate', () => {
    const { sha1 } = deviceProof(rsa);
    const block = publicDecrypt({ key: createPublicKey(rsa.keys.privateKey), padding: constants.RSA_NO_PADDING }, sha1);
    const digest = createHash('sha1').update(`${name}\0`).update(rsa.certificate.der).digest('hex');
    assert.equal(block.toString('hex'), `0001${'ff'.repeat(128 - 23)}00${digest}`);
  });

  it('is refused for another name, session, certificate or key', async () => {
    const proof = deviceProof(rsa);
    assert.equal(
      codeOf(verifyDeviceProof(rsa.certificate, 'SEP001122334456', proof, policy)),
      'proof-signature-invalid',
    );
    assert.equal(verdict({ ...rsa, certificate: certificateOf(rsa.keys.spki) }, proof), 'proof-signature-invalid');
    assert.equal(verdict(await device({ kind: 'rsa', size: 1024 }), proof), 'proof-signature-invalid');
    assert.equal(verdict(ec, proof), 'proof-signature-invalid');
    const sudi = signSudiProof(ec.keys.privateKey, 7, ec.certificate.der);
    assert.equal(codeOf(verifySudiProof(ec.certificate, 8, sudi, policy)), 'proof-signature-invalid');
    assert.equal(verdict(ec, sudi), 'proof-signature-invalid');
  });

  it('needs both signatures, each over its own digest', () => {
    for (const one of [rsa, ec]) {
      const { sha1, sha2 } = deviceProof(one);
      assert.ok(sha2);
      assert.equal(verdict(one, { sha1: undefined, sha2 }), 'proof-signature-missing');
      assert.equal(verdict(one, { sha1, sha2: undefined }), 'proof-signature-missing');
      assert.equal(verdict(one, { sha1: undefined, sha2: undefined }), 'proof-signature-missing');
      assert.equal(verdict(one, { sha1: sha2.signature, sha2 }), 'proof-signature-invalid');
      assert.equal(verdict(one, { sha1, sha2: { digestId: 3, signature: sha1 } }), 'proof-signature-invalid');
      assert.equal(verdict(one, { sha1, sha2: { ...sha2, digestId: 2 } }), 'proof-signature-invalid');
      assert.equal(verdict(one, { sha1, sha2: { ...sha2, signature: new Uint8Array() } }), 'proof-signature-invalid');
      for (const digestId of [0, 1, 4, 255]) {
        assert.equal(verdict(one, { sha1, sha2: { ...sha2, digestId } }), 'proof-digest-unknown');
      }
    }
  });

  it('does without SHA-512 where the key cannot hold it, as long as such keys are allowed', () => {
    const { sha1, sha2 } = deviceProof(small);
    assert.equal(sha2, undefined);
    assert.equal(verdict(small, { sha1, sha2 }), 'ok');
    assert.equal(verdict(small, { sha1, sha2 }, 1024), 'proof-key-too-short');
    const sha256 = signDeviceProof(small.keys.privateKey, name, small.certificate.der, 2);
    assert.ok(sha256.sha2);
    assert.equal(verdict(small, sha256), 'ok');
    const { signature } = sha256.sha2;
    assert.equal(verdict(small, { sha1, sha2: { digestId: 3, signature } }), 'proof-signature-invalid');
    assert.equal(verdict(small, { sha1, sha2: { digestId: 2, signature: sha1 } }), 'proof-signature-invalid');
  });

  it('is refused for a name that is empty or holds a NUL', () => {
    const proof = deviceProof(rsa);
    for (const bad of ['', `${name}\0`, 'a\0b']) {
      assert.equal(codeOf(verifyDeviceProof(rsa.certificate, bad, proof, policy)), 'proof-device-name-malformed');
      assert.throws(() => signDeviceProof(rsa.keys.privateKey, bad, rsa.certificate.der), {
        code: 'device-name-malformed',
      });
    }
  });

  it('is refused for keys that nobody needs to hold to sign', async () => {
    const { modulus } = rsaNumbers(rsa);
    const block = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(128 - 23, 0xff), Buffer.from([0])]);
    for (const exponent of [1n, 2n, 65536n, (1n << 256n) + 1n]) {
      const certificate = certificateOf(rsaSpki(modulus, exponent));
      const digest = createHash('sha1').update(`${name}\0`).update(certificate.der).digest();
      const signatures = { sha1: Buffer.concat([block, digest]), sha2: undefined };
      assert.equal(codeOf(verifyDeviceProof(certificate, name, signatures, policy)), 'proof-key-unsupported');
    }
    const huge = certificateOf(rsaSpki((1n << 8200n) + 1n));
    assert.equal(verdict({ ...rsa, certificate: huge }, deviceProof(rsa)), 'proof-key-unsupported');
    const ed25519 = certificateOf(Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.alloc(32)]));
    assert.equal(verdict({ ...rsa, certificate: ed25519 }, deviceProof(rsa)), 'proof-key-unsupported');
  });
});

function rsaNumbers({ keys }: Device): { readonly modulus: bigint } {
  const key = readPublicKey(keys.spki);
  assert.ok(key.kind === 'rsa');
  return { modulus: BigInt(`0x${Buffer.from(key.modulus).toString('hex')}`) };
}

describe('the padding of an RSA signature', () => {
  const digest = createHash('sha1').update(`${name}\0`).update(rsa.certificate.der).digest();
  const { sha2 } = deviceProof(rsa);
  const length = 128;

  /** A signature with the right key over any block. */
  function signBlock(block: Uint8Array): string {
    const sha1 = privateEncrypt({ key: rsa.keys.privateKey, padding: constants.RSA_NO_PADDING }, block);
    return verdict(rsa, { sha1, sha2 });
  }

  function framed(...parts: readonly (string | Uint8Array)[]): Uint8Array {
    return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part)));
  }

  it('is checked to the last octet', () => {
    const padding = length - 3 - digest.length;
    assert.equal(signBlock(framed('0001', 'ff'.repeat(padding), '00', digest)), 'ok');
    const wrong = {
      'type 2': framed('0002', 'ff'.repeat(padding), '00', digest),
      'type 0': framed('0000', 'ff'.repeat(padding), '00', digest),
      'no separator': framed('0001', 'ff'.repeat(padding + 1), digest),
      'an early separator': framed('0001', 'ff'.repeat(8), '00', 'ff'.repeat(padding - 9), '00', digest),
      'garbage behind the digest': framed('0001', 'ff'.repeat(8), '00', digest, '5a'.repeat(padding - 8)),
      'garbage as padding': framed('0001', '5a'.repeat(padding), '00', digest),
      'zeros as padding': framed('0001', '00'.repeat(padding + 1), digest),
      'a DigestInfo': framed('0001', 'ff'.repeat(padding - 15), '00', '3021300906052b0e03021a05000414', digest),
      'a digest cut short': framed('0001', 'ff'.repeat(padding + 1), '00', digest.subarray(1)),
      'the digest alone': framed('00'.repeat(length - digest.length), digest),
    };
    for (const [what, block] of Object.entries(wrong)) assert.equal(signBlock(block), 'proof-signature-invalid', what);
  });

  it('refuses an ordinary PKCS#1 signature', () => {
    const sha1 = createSign('sha1').update(`${name}\0`).update(rsa.certificate.der).sign(rsa.keys.privateKey);
    assert.equal(verdict(rsa, { sha1, sha2 }), 'proof-signature-invalid');
  });

  it('refuses a signature of another length, or that is not below the modulus', () => {
    const { sha1 } = deviceProof(rsa);
    const { modulus } = rsaNumbers(rsa);
    const raised = (BigInt(`0x${Buffer.from(sha1).toString('hex')}`) + modulus).toString(16);
    const wrong = [framed('00', sha1), framed(sha1, '00'), sha1.subarray(1), framed('ff'.repeat(length))];
    if (raised.length === length * 2) wrong.push(framed(raised));
    for (const signature of wrong) assert.equal(verdict(rsa, { sha1: signature, sha2 }), 'proof-signature-invalid');
  });

  it('refuses a signature whose leading zero was left out', () => {
    for (let number = 0; ; number++) {
      const proof = signDeviceProof(rsa.keys.privateKey, `SEP${number}`, rsa.certificate.der);
      if (proof.sha1[0] !== 0) continue;
      const shortened = { ...proof, sha1: proof.sha1.subarray(1) };
      assert.equal(codeOf(verifyDeviceProof(rsa.certificate, `SEP${number}`, proof, policy)), 'ok');
      assert.equal(
        codeOf(verifyDeviceProof(rsa.certificate, `SEP${number}`, shortened, policy)),
        'proof-signature-invalid',
      );
      return;
    }
  });

  it('refuses a SHA-512 digest that fills the whole block of a short key', () => {
    const { modulus } = rsaNumbers(small);
    for (let number = 0; ; number++) {
      const deviceName = `SEP${number}`;
      const whole = createHash('sha512').update(`${deviceName}\0`).update(small.certificate.der).digest();
      if (BigInt(`0x${whole.toString('hex')}`) >= modulus) continue;
      const { sha1 } = signDeviceProof(small.keys.privateKey, deviceName, small.certificate.der);
      const key = { key: small.keys.privateKey, padding: constants.RSA_NO_PADDING };
      const proof = { sha1, sha2: { digestId: 3, signature: privateEncrypt(key, whole) } };
      assert.equal(codeOf(verifyDeviceProof(small.certificate, deviceName, proof, policy)), 'proof-signature-invalid');
      return;
    }
  });

  it('refuses a cube root whose last octets are the digest, for a key with exponent 3', () => {
    const modulus = (1n << 1024n) - 105n;
    let certificate: CertificateRecord;
    let odd: bigint;
    do {
      certificate = certificateOf(rsaSpki(modulus, 3n));
      const wanted = createHash('sha1').update(`${name}\0`).update(certificate.der).digest('hex');
      odd = BigInt(`0x${wanted}`);
    } while (odd % 2n === 0n);
    let root = 1n;
    for (let bit = 1n; bit < 160n; bit++) if ((((root ** 3n) ^ odd) >> bit) & 1n) root |= 1n << bit;
    assert.equal((root ** 3n) & ((1n << 160n) - 1n), odd);
    const sha1 = Buffer.from(root.toString(16).padStart(256, '0'), 'hex');
    const signatures = { sha1, sha2: undefined };
    assert.equal(codeOf(verifyDeviceProof(certificate, name, signatures, policy)), 'proof-signature-invalid');
  });
});

describe('the encoding of an ECDSA signature', () => {
  const { sha1, sha2 } = deviceProof(ec);
  const numbers = new DerReader(readSoleElement(sha1, derTag.sequence).content);
  const r = numbers.read(derTag.integer);
  const s = numbers.read(derTag.integer);
  const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
  const integer = (value: bigint) => derUnsignedInteger(Buffer.from(value.toString(16).padStart(66, '0'), 'hex'));
  const numberIn = (content: Uint8Array) => BigInt(`0x${Buffer.from(content).toString('hex')}`);

  it('is strict DER with numbers in range', () => {
    assert.equal(verdict(ec, { sha1: derSequence(r.raw, s.raw), sha2 }), 'ok');
    const wrong = {
      'bytes behind it': Buffer.concat([sha1, Uint8Array.of(0)]),
      'bytes within': derSequence(r.raw, s.raw, derElement(derTag.null)),
      'a long length': Buffer.concat([Uint8Array.of(0x30, 0x81), sha1.subarray(1)]),
      'a padded number': derSequence(derElement(derTag.integer, Uint8Array.of(0, 0), r.content), s.raw),
      'r of zero': derSequence(integer(0n), s.raw),
      's of zero': derSequence(r.raw, integer(0n)),
      'r beyond the order': derSequence(integer(numberIn(r.content) + order), s.raw),
      's beyond the order': derSequence(r.raw, integer(numberIn(s.content) + order)),
      'a negative number': derSequence(derElement(derTag.integer, Uint8Array.of(0x80)), s.raw),
      'raw numbers': Buffer.alloc(64, 1),
    };
    for (const [what, signature] of Object.entries(wrong)) {
      assert.equal(verdict(ec, { sha1: signature, sha2 }), 'proof-signature-invalid', what);
    }
  });
});

describe('a proof with any change', () => {
  const subjects = [rsa, ec].map((one) => ({ one, proof: deviceProof(one) }));

  it('never verifies, and never throws', () => {
    const change = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.constantFrom(...subjects), fc.boolean(), change, fc.nat(3), ({ one, proof }, first, at, cut) => {
        assert.ok(proof.sha2);
        const original = first ? proof.sha1 : proof.sha2.signature;
        const altered = Uint8Array.from(original);
        for (const [where, mask] of at) {
          const index = where % altered.length;
          altered[index] = (altered[index] ?? 0) ^ mask;
        }
        const signature = altered.subarray(0, altered.length - cut);
        if (Buffer.compare(signature, original) === 0) return;
        const signatures = first
          ? { sha1: signature, sha2: proof.sha2 }
          : { sha1: proof.sha1, sha2: { ...proof.sha2, signature } };
        assert.equal(verdict(one, signatures), 'proof-signature-invalid');
      }),
      { numRuns: 400 },
    );
  });

  it('is an answer, whatever comes as signatures', () => {
    const signature = fc.option(fc.uint8Array({ maxLength: 200 }), { nil: undefined });
    fc.assert(
      fc.property(
        fc.constantFrom(rsa, ec, small),
        fc.string(),
        fc.double(),
        signature,
        signature,
        fc.integer(),
        ({ certificate }, deviceName, sessionId, sha1, sha2, digestId) => {
          const signatures = { sha1, sha2: sha2 && { digestId, signature: sha2 } };
          assert.equal(verifyDeviceProof(certificate, deviceName, signatures, policy).ok, false);
          assert.equal(verifySudiProof(certificate, sessionId, signatures, policy).ok, false);
        },
      ),
      { numRuns: 300 },
    );
  });
});
