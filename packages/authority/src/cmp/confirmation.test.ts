import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  createCapfCertificate,
  createSigner,
  derElement,
  derSequence,
  derTag,
  encodeNameText,
  generateKeyPair,
} from '@opencapf/pki';
import { confirm } from './confirmation.js';
import type { ConversationSettings } from './conversation.js';
import { derExplicit, encodeHeader } from './header.js';
import { type AnswerMessage, bodyKind, encodeMessage, readMessage } from './message.js';
import { macProtection } from './protection.js';

const now = () => new Date('2026-11-27T12:00:00Z');
const transactionId = Buffer.alloc(16, 1);
const name = encodeNameText('CN=CA');
const key = await generateKeyPair({ kind: 'rsa', size: 2048 });
const certificate = await createCapfCertificate(createSigner(key), {}, now());
const shared = { reference: 'r', secret: 's', iterations: 100 };
const never = new AbortController().signal;

/** Confirms to an authority that is content with anything, and gives what it was told. */
async function confirmed(spki: Uint8Array, arrived: Uint8Array): Promise<AnswerMessage> {
  const protection = macProtection(shared, (size) => Buffer.alloc(size, 3));
  let told: AnswerMessage | undefined;
  const settings: ConversationSettings = {
    protection,
    trust: { secret: shared.secret, anchors: [] },
    recipient: name,
    now,
    randomBytes: (size) => Buffer.alloc(size, 2),
    transfer: async (message) => {
      told = readMessage(message);
      const header = encodeHeader({
        version: 2,
        sender: name,
        recipient: name,
        time: now(),
        protectionAlgorithm: protection.algorithm,
        senderKeyId: undefined,
        transactionId,
        senderNonce: Buffer.alloc(16, 4),
        recipientNonce: told.header.senderNonce,
        implicitConfirm: false,
        certProfile: undefined,
      });
      const body = derExplicit(bodyKind.pkiConf, derElement(derTag.null));
      return await encodeMessage(header, body, protection.protect, []);
    },
  };
  const answer = readMessage(
    derSequence(derSequence(derElement(derTag.integer, Buffer.of(2)), name, name), derExplicit(bodyKind.cp, name)),
  );
  await confirm(settings, { transactionId, requestId: 0, certificate: arrived, spki, answer }, never);
  assert.ok(told !== undefined);
  return told;
}

describe('a confirmation', () => {
  it('bears the hash by which the certificate is signed, and accepts it', async () => {
    const { kind, body } = await confirmed(key.spki, certificate);
    assert.equal(kind, bodyKind.certConf);
    const hash = createHash('sha256').update(certificate).digest('hex');
    assert.equal(Buffer.from(body).toString('hex'), `302730250420${hash}020100`);
  });

  it('turns down a certificate for another key', async () => {
    const other = await generateKeyPair({ kind: 'ec', size: 256 });
    const { body } = await confirmed(other.spki, certificate);
    const text = Buffer.from(body).toString('latin1');
    assert.match(text, /The certificate is not for the key that was asked for\./);
  });

  it('names the hash where the signature of the certificate has none that is known (RFC 9480)', async () => {
    const { body } = await confirmed(key.spki, Buffer.from('3000', 'hex'));
    const sha256 = '060960864801650304020105 00'.replace(' ', '');
    assert.ok(Buffer.from(body).toString('hex').endsWith(`a00f300d${sha256}`));
  });
});
