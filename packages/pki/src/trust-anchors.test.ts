import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readCertificate } from './certificate-reader.js';
import { derElement, derOctetString, derSequence, derTag } from './der-writer.js';
import { encodeDistinguishedName } from './distinguished-name.js';
import { extension } from './extensions.js';
import { generateKeyPair } from './keys.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';
import { caExtensions, certify, selfSigned, type TestCa, type TestCertificate } from './testing/certificates.js';
import { type ChainCheck, compileTrustAnchors, type TrustAnchor, verifyToAnchor } from './trust-anchors.js';

const now = new Date('2026-11-20T18:00:00Z');
const day = 86_400_000;
const { spki } = await generateKeyPair({ kind: 'ec', size: 256 });

async function ca(commonName: string, type: TestCa['keys']['type'] = { kind: 'ec', size: 256 }): Promise<TestCa> {
  return { name: encodeDistinguishedName(commonName), keys: await generateKeyPair(type) };
}

const root = await ca('Root');
const mic = { purpose: 'mic' } as const;

function leaf(changes: Partial<TestCertificate> = {}) {
  return readCertificate(certify({ by: root, subject: 'SEP001122334455', spki, ...changes }));
}

function check(certificate: ReturnType<typeof leaf>, ...anchors: readonly TrustAnchor[]): ChainCheck<TrustAnchor> {
  return verifyToAnchor(certificate, compileTrustAnchors(anchors), now);
}

function codeOf(result: ChainCheck<TrustAnchor>): string {
  if (!result.ok) assert.notEqual(result.reason, '');
  return result.ok ? (result.expired ? 'ok, expired' : 'ok') : result.code;
}

describe('a certificate of a phone', () => {
  it('is traced to the anchor that signed it, which comes back as it was given', () => {
    const anchors = [
      { der: selfSigned(root), ...mic, id: 7 },
      { der: selfSigned(root), purpose: 'foreignCapf' as const, id: 8 },
    ];
    const result = verifyToAnchor(leaf(), compileTrustAnchors(anchors), now);
    assert.ok(result.ok);
    assert.deepEqual([result.anchor.id, result.expired, result.issuer.subject], [7, false, 'CN=Root']);
  });

  it('is refused when nobody of the store issued it', async () => {
    assert.equal(codeOf(check(leaf())), 'chain-issuer-unknown');
    assert.equal(codeOf(check(leaf(), { der: selfSigned(await ca('Other')), ...mic })), 'chain-issuer-unknown');
  });

  it('is refused when a namesake of its issuer stands there alone, and found when both do', async () => {
    const namesake = { der: selfSigned(await ca('Root')), ...mic };
    const real = { der: selfSigned(root), ...mic };
    assert.equal(codeOf(check(leaf(), namesake)), 'chain-signature-invalid');
    for (const anchors of [
      [namesake, real],
      [real, namesake],
    ]) {
      const result = check(leaf(), ...anchors);
      assert.ok(result.ok);
      assert.equal(result.anchor, real);
    }
  });

  it('is refused when a byte of it was changed', () => {
    const { der } = leaf();
    const at = Buffer.from(der).indexOf('SEP001122334455');
    const altered = Uint8Array.from(der);
    altered[at + 14] = 0x36;
    assert.equal(codeOf(check(readCertificate(altered), { der: selfSigned(root), ...mic })), 'chain-signature-invalid');
  });

  it('may be signed with SHA-1, not with MD5, by RSA keys of any size', async () => {
    for (const size of [512, 1024, 2048]) {
      const old = await ca('Old', { kind: 'rsa', size });
      const anchor = { der: selfSigned(old, { digest: 'sha1' }), ...mic };
      for (const digest of ['sha1', 'sha256'] as const)
        assert.equal(codeOf(check(leaf({ by: old, digest }), anchor)), 'ok');
      assert.equal(codeOf(check(leaf({ by: old, digest: 'md5' }), anchor)), 'chain-signature-invalid');
    }
    for (const size of [256, 384, 521] as const) {
      const by = await ca('EC', { kind: 'ec', size });
      const anchor = { der: selfSigned(by, { digest: 'sha512' }), ...mic };
      for (const digest of ['sha1', 'sha256', 'sha512'] as const) {
        assert.equal(codeOf(check(leaf({ by, digest }), anchor)), 'ok');
      }
    }
  });

  it('must not be a CA, and must be allowed to sign where it says what it is for', () => {
    const anchor = { der: selfSigned(root), ...mic };
    const withExtensions = (...extensions: readonly Uint8Array[]) => codeOf(check(leaf({ extensions }), anchor));
    assert.equal(withExtensions(extension.issuerOfEndEntities()), 'chain-certificate-is-ca');
    assert.equal(withExtensions(extension.endEntity(), extension.keyUsage('digitalSignature')), 'ok');
    assert.equal(withExtensions(extension.keyUsage('digitalSignature', 'keyEncipherment')), 'ok');
    assert.equal(withExtensions(extension.keyUsage('keyEncipherment')), 'chain-key-usage');
    assert.equal(withExtensions(extension.keyUsage('keyAgreement')), 'chain-key-usage');
    assert.equal(withExtensions(extension.extendedKeyUsage(oid.serverAuth)), 'ok');
  });

  it('must not hold a critical extension that is unknown', () => {
    const unknown = (critical: boolean) =>
      derSequence(
        derObjectIdentifier('1.2.3.4'),
        ...(critical ? [derElement(derTag.boolean, Uint8Array.of(0xff))] : []),
        derOctetString(derElement(derTag.null)),
      );
    const anchor = { der: selfSigned(root), ...mic };
    assert.equal(codeOf(check(leaf({ extensions: [unknown(false)] }), anchor)), 'ok');
    assert.equal(codeOf(check(leaf({ extensions: [unknown(true)] }), anchor)), 'chain-extension-unknown');
  });

  it('must lie within its dates, to the second', () => {
    const anchor = { der: selfSigned(root), ...mic };
    const at = (from: number, to: number) =>
      codeOf(check(leaf({ notBefore: new Date(+now + from), notAfter: new Date(+now + to) }), anchor));
    assert.equal(at(0, 0), 'ok');
    assert.equal(at(-day, -1000), 'chain-expired');
    assert.equal(at(1000, day), 'chain-not-yet-valid');
  });

  it('may be past its date where the administrator allows it, and as long as that lasts', () => {
    const expired = leaf({ notAfter: new Date(+now - day) });
    const under = (acceptExpiredUntil?: Date | 'forever') =>
      codeOf(check(expired, { der: selfSigned(root), ...mic, acceptExpiredUntil }));
    assert.equal(under(), 'chain-expired');
    assert.equal(under('forever'), 'ok, expired');
    assert.equal(under(now), 'ok, expired');
    assert.equal(under(new Date(+now - 1)), 'chain-expired');
    const early = leaf({ notBefore: new Date(+now + day) });
    const anchor = { der: selfSigned(root), ...mic, acceptExpiredUntil: 'forever' as const };
    assert.equal(codeOf(check(early, anchor)), 'chain-not-yet-valid');
    assert.equal(codeOf(check(leaf(), anchor)), 'ok');
  });

  it('needs an issuer within its dates, under the same rules', () => {
    const old = selfSigned(root, { notAfter: new Date(+now - day) });
    const young = selfSigned(root, { notBefore: new Date(+now + day) });
    assert.equal(codeOf(check(leaf(), { der: old, ...mic })), 'chain-issuer-expired');
    assert.equal(codeOf(check(leaf(), { der: old, ...mic, acceptExpiredUntil: 'forever' })), 'ok, expired');
    const eager = { der: young, ...mic, acceptExpiredUntil: 'forever' } as const;
    assert.equal(codeOf(check(leaf(), eager)), 'chain-issuer-not-yet-valid');
    assert.equal(codeOf(check(leaf(), { der: old, ...mic }, { der: selfSigned(root), ...mic })), 'ok');
  });
});

describe('a certificate with any change', () => {
  it('is never traced to an anchor, and the answer never throws', async () => {
    const old = await ca('Old', { kind: 'rsa', size: 1024 });
    const anchors = compileTrustAnchors([root, old].map((each) => ({ der: selfSigned(each), ...mic })));
    const originals = [leaf({ extensions: [extension.keyUsage('digitalSignature')] }), leaf({ by: old })];
    for (const original of originals) assert.ok(verifyToAnchor(original, anchors, now).ok);
    const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(
        fc.constantFrom(...originals),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        ({ der }, changes) => {
          const altered = Uint8Array.from(der);
          for (const [where, mask] of changes) {
            const index = where % altered.length;
            altered[index] = (altered[index] ?? 0) ^ mask;
          }
          if (Buffer.compare(altered, der) === 0) return;
          let record: ReturnType<typeof readCertificate>;
          try {
            record = readCertificate(altered);
          } catch {
            return;
          }
          assert.equal(verifyToAnchor(record, anchors, now).ok, false);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('an anchor', () => {
  it('may be an intermediate, alone or with its root; a root behind a missing intermediate does not help', async () => {
    const middle = await ca('Middle');
    const middleDer = certify({ by: root, subject: middle.name, spki: middle.keys.spki, extensions: caExtensions });
    const intermediate = { der: middleDer, ...mic };
    const top = { der: selfSigned(root), ...mic };
    const certificate = leaf({ by: middle });
    for (const anchors of [[intermediate], [intermediate, top], [top, intermediate]]) {
      const result = check(certificate, ...anchors);
      assert.ok(result.ok);
      assert.equal(result.anchor, intermediate);
    }
    assert.equal(codeOf(check(certificate, top)), 'chain-issuer-unknown');
  });

  it('without basicConstraints must be self-signed, as roots of version 1 are', async () => {
    for (const version of [1, 3] as const) {
      const extensions = version === 3 ? [extension.keyUsage('keyCertSign')] : [];
      const der = selfSigned(root, { version, extensions });
      assert.equal(codeOf(check(leaf(), { der, ...mic })), 'ok');
    }
    const middle = await ca('Middle');
    const old = certify({ by: root, subject: middle.name, spki: middle.keys.spki });
    assert.throws(() => compileTrustAnchors([{ der: old, ...mic }]), { code: 'issuer-not-a-ca' });
    const forged = certify({ by: { ...middle, name: root.name }, subject: root.name, spki: root.keys.spki });
    assert.throws(() => compileTrustAnchors([{ der: forged, ...mic }]), { code: 'issuer-not-a-ca' });
  });

  it('is refused when it may not issue, or cannot be read', () => {
    const unfit = [
      [extension.endEntity()],
      [extension.endEntity(), extension.keyUsage('keyCertSign')],
      [extension.issuerOfEndEntities(), extension.keyUsage('cRLSign')],
      [extension.keyUsage('digitalSignature')],
    ];
    for (const extensions of unfit) {
      assert.throws(() => compileTrustAnchors([{ der: selfSigned(root, { extensions }), ...mic }]), {
        code: 'issuer-not-a-ca',
      });
    }
    assert.throws(() => compileTrustAnchors([{ der: Uint8Array.of(1), ...mic }]), { code: 'certificate-unreadable' });
    const offCurve = Uint8Array.from(root.keys.spki);
    offCurve[40] = (offCurve[40] ?? 0) ^ 1;
    assert.throws(() => compileTrustAnchors([{ der: selfSigned(root, { spki: offCurve }), ...mic }]), {
      code: 'public-key-malformed',
    });
  });
});
