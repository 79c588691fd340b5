import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCertificate } from './certificate-reader.js';
import { derElement, derSequence, derTag } from './der-writer.js';
import { checkDeviceBinding } from './device-binding.js';
import { encodeDistinguishedName } from './distinguished-name.js';
import { generateKeyPair } from './keys.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';
import { certify } from './testing/certificates.js';
import type { AnchorPurpose } from './trust-anchors.js';

const device = 'SEP001122334455';
const keys = await generateKeyPair({ kind: 'ec', size: 256 });
const by = { name: encodeDistinguishedName('CA'), keys };

function commonName(tag: number, value: Uint8Array | string): Uint8Array {
  return derSequence(derObjectIdentifier(oid.commonName), derElement(tag, Buffer.from(value)));
}

function nameOf(...attributes: readonly Uint8Array[]): Uint8Array {
  return derSequence(...attributes.map((each) => derElement(derTag.set, each)));
}

function verdict(subject: string | Uint8Array, purpose: AnchorPurpose, deviceName = device): string {
  const result = checkDeviceBinding(readCertificate(certify({ by, subject, spki: keys.spki })), purpose, deviceName);
  return result.ok ? 'ok' : result.code;
}

describe('the common name of a certificate', () => {
  it('is the name of the device, in an LSC and in a MIC', () => {
    for (const purpose of ['mic', 'lscIssuer', 'foreignCapf'] as const) {
      assert.equal(verdict(device, purpose), 'ok');
      assert.equal(verdict('SEP001122334456', purpose), 'binding-other-device');
      assert.equal(verdict(device.toLowerCase(), purpose), 'binding-other-device');
      for (const near of [
        `${device}0`,
        `${device}-`,
        `x${device}`,
        `-${device}`,
        `${device}-CP`,
        device.slice(0, -1),
      ]) {
        assert.equal(verdict(near, purpose), 'binding-other-device', near);
      }
    }
  });

  it('may begin with a model in a MIC only', () => {
    for (const model of ['CP-8841', 'CP-7960G', 'ATA', '8', 'CP-DX650-W']) {
      assert.equal(verdict(`${model}-${device}`, 'mic'), 'ok', model);
      assert.equal(verdict(`${model}-${device}`, 'lscIssuer'), 'binding-other-device', model);
      assert.equal(verdict(`${model}-${device}`, 'foreignCapf'), 'binding-other-device', model);
    }
    for (const model of ['CP 8841', 'CP_8841', 'CP.8841', 'Zoë', 'a,CN=b', 'a/b']) {
      const code = verdict(`${model}-${device}`, 'mic');
      assert.equal(code, model === 'Zoë' ? 'binding-name-unusable' : 'binding-other-device', model);
    }
  });

  it('belongs to no device whose name could be part of the model', () => {
    assert.equal(verdict(`CP-8841-${device}`, 'mic', `8841-${device}`), 'binding-other-device');
    assert.equal(verdict(`CP-8841-${device}`, 'mic', `CP-8841-${device}`), 'ok');
    assert.equal(verdict(device, 'mic', ''), 'binding-other-device');
    assert.equal(verdict('CP-', 'mic', ''), 'binding-other-device');
  });

  it('stands there once, in ASCII', () => {
    for (const tag of [derTag.printableString, derTag.utf8String, derTag.teletexString, derTag.ia5String]) {
      assert.equal(verdict(nameOf(commonName(tag, device)), 'lscIssuer'), 'ok');
    }
    const good = commonName(derTag.printableString, device);
    const wide = (width: number) => Buffer.concat([...device].map((each) => Buffer.from(each.padStart(width, '\0'))));
    const unusable = {
      none: derSequence(),
      'two of them': nameOf(good, good),
      'two in one set': derSequence(derElement(derTag.set, good, good)),
      'another first': nameOf(commonName(derTag.utf8String, 'SEP001122334456'), good),
      'a BMPString': nameOf(commonName(derTag.bmpString, wide(2))),
      'a UniversalString': nameOf(commonName(derTag.universalString, wide(4))),
      'a bit string': nameOf(commonName(derTag.bitString, `\0${device}`)),
      'a NUL behind': nameOf(commonName(derTag.utf8String, `${device}\0`)),
      'a NUL and more': nameOf(commonName(derTag.utf8String, `${device}\0.example`)),
      'a line feed': nameOf(commonName(derTag.utf8String, `${device}\n`)),
      'a letter that looks alike': nameOf(commonName(derTag.utf8String, device.replace('E', 'Е'))),
      nothing: nameOf(commonName(derTag.utf8String, '')),
    };
    for (const [what, subject] of Object.entries(unusable)) {
      assert.equal(verdict(subject, 'mic'), 'binding-name-unusable', what);
    }
  });
});
