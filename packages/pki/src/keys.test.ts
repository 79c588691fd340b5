import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { exportPkcs8, exportPkcs8Pem, exportSpki, generateKeyPair, importPkcs8, importSpki } from './keys.js';
import type { KeyType } from './public-key.js';

const types: readonly KeyType[] = [
  { kind: 'rsa', size: 512 },
  { kind: 'rsa', size: 1024 },
  { kind: 'ec', size: 256 },
  { kind: 'ec', size: 384 },
  { kind: 'ec', size: 521 },
];
const spkiSizes = [94, 162, 91, 120, 158];

describe('key pairs', () => {
  it('are of the type asked for, with a SubjectPublicKeyInfo of the size that phones send', async () => {
    for (const [index, type] of types.entries()) {
      const pair = await generateKeyPair(type);
      assert.deepEqual(pair.type, type);
      assert.equal(pair.spki.length, spkiSizes[index]);
    }
  });

  it('survive export and import', async () => {
    for (const type of types) {
      const pair = await generateKeyPair(type);
      const again = importPkcs8(exportPkcs8(pair.privateKey));
      assert.deepEqual(again.type, type);
      assert.deepEqual(again.spki, pair.spki);
      assert.ok(again.privateKey.equals(pair.privateKey));
      assert.ok(createPrivateKey(exportPkcs8Pem(pair.privateKey)).equals(pair.privateKey));
      assert.deepEqual(exportSpki(importSpki(pair.spki)), pair.spki);
    }
  });

  it('are made without holding up the event loop', async () => {
    let turns = 0;
    const count = setInterval(() => turns++, 0);
    await generateKeyPair({ kind: 'rsa', size: 4096 });
    clearInterval(count);
    assert.ok(turns > 0);
  });

  it('are refused in sizes that no phone is asked for', async () => {
    for (const size of [0, 511, 4097, 1024.5, Number.NaN]) {
      await assert.rejects(generateKeyPair({ kind: 'rsa', size }), { name: 'PkiError', code: 'key-type-unsupported' });
    }
  });

  it('are refused when unreadable or of another kind', () => {
    assert.throws(() => importPkcs8(Buffer.from('rubbish')), { name: 'PkiError', code: 'private-key-unreadable' });
    const ed25519 = exportPkcs8(generateKeyPairSync('ed25519').privateKey);
    assert.throws(() => importPkcs8(ed25519), { name: 'PkiError', code: 'private-key-unsupported' });
    assert.throws(() => importSpki(Buffer.from('rubbish')), { name: 'PkiError', code: 'public-key-malformed' });
  });
});
