import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { describe, it } from 'node:test';
import { generateKeyPair, importSpki } from './keys.js';
import type { KeyType } from './public-key.js';
import { createSigner, largestSignature } from './signer.js';

const types: readonly KeyType[] = [
  { kind: 'rsa', size: 512 },
  { kind: 'rsa', size: 2048 },
  { kind: 'ec', size: 256 },
  { kind: 'ec', size: 384 },
  { kind: 'ec', size: 521 },
];

describe('signer', () => {
  it('makes SHA-256 signatures that verify and are no longer than foreseen', async () => {
    for (const type of types) {
      const signer = createSigner(await generateKeyPair(type));
      for (let times = 0; times < 20; times++) {
        const data = randomBytes(200);
        const signature = await signer.sign(data);
        assert.ok(verify('sha256', data, importSpki(signer.spki), signature));
        assert.ok(signature.length <= largestSignature(type), `${signature.length} bytes`);
      }
    }
  });

  it('gives the same RSA signature each time', async () => {
    const signer = createSigner(await generateKeyPair({ kind: 'rsa', size: 1024 }));
    const data = randomBytes(100);
    assert.deepEqual(await signer.sign(data), await signer.sign(data));
  });

  it('leaves the event loop free while it signs', async () => {
    const signer = createSigner(await generateKeyPair({ kind: 'rsa', size: 4096 }));
    const order: string[] = [];
    const signed = signer.sign(randomBytes(100)).then(() => order.push('signed'));
    order.push('returned');
    await new Promise<void>((resolve) => process.nextTick(resolve));
    order.push('went on');
    await signed;
    assert.deepEqual(order, ['returned', 'went on', 'signed']);
  });

  it('rejects with a typed error when the key cannot sign', async () => {
    const pair = await generateKeyPair({ kind: 'rsa', size: 1024 });
    const { privateKey } = generateKeyPairSync('x25519');
    const signer = createSigner({ ...pair, privateKey });
    await assert.rejects(signer.sign(randomBytes(10)), { name: 'PkiError', code: 'signing-failed' });
  });
});
