import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Authentication, authenticateMessage, ntlmV2Response } from './authenticate-message.js';
import { readChallenge } from './challenge-message.js';
import { channelBindings } from './channel-bindings.js';
import { negotiateMessage } from './negotiate-message.js';
import { ntHash, responseKey } from './nt-hash.js';
import { NtlmError } from './ntlm-error.js';
import { avId, readTargetInfo, writeTargetInfo } from './target-info.js';

/** [MS-NLMP] 4.2: the common values and the messages of 4.2.4. */
const account = { username: 'User', domain: 'Domain', ntHash: ntHash('Password') };
const publishedChallenge = Buffer.from(
  '4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef00000000000000002400240044000000060070170000000f' +
    '53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000',
  'hex',
);
/** The epoch of FILETIME, which the published responses are dated by. */
const epoch = new Date('1601-01-01T00:00:00Z');
const authentication: Authentication = {
  account,
  negotiate: negotiateMessage(),
  challenge: readChallenge(publishedChallenge),
  clientChallenge: Buffer.alloc(8, 0xaa),
  now: epoch,
};

/** The published challenge with other facts about the server. */
function challengeWith(pairs: Parameters<typeof writeTargetInfo>[0]): Buffer {
  const info = writeTargetInfo(pairs);
  const message = Buffer.concat([publishedChallenge.subarray(0, 56), info]);
  message.writeUInt16LE(info.length, 40);
  message.writeUInt16LE(info.length, 42);
  message.writeUInt32LE(56, 44);
  return message;
}

/** A field of a message: length and offset stand at this place. */
function field(message: Buffer, at: number): Buffer {
  const offset = message.readUInt32LE(at + 4);
  return message.subarray(offset, offset + message.readUInt16LE(at));
}

describe('NTLMv2', () => {
  it('comes to the published keys and responses of [MS-NLMP] 4.2.4', () => {
    assert.equal(Buffer.from(account.ntHash).toString('hex'), 'a4f49c406510bdcab6824ee7c30fd852');
    assert.equal(responseKey(account).toString('hex'), '0c868a403bfd7a93a3001ef22ef02e3f');
    const { ntResponse, lmResponse, sessionKey, withMic } = ntlmV2Response(authentication);
    assert.equal(ntResponse.subarray(0, 16).toString('hex'), '68cd0ab851e51c96aabc927bebef6a1c');
    assert.equal(
      ntResponse.subarray(16).toString('hex'),
      '01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000' +
        '02000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000',
    );
    assert.equal(lmResponse.toString('hex'), '86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa');
    assert.equal(sessionKey.toString('hex'), '8de40ccadbc14a82f15cb0ad0de95ca3');
    assert.equal(withMic, false);
  });

  it('names the account and nothing else', () => {
    const message = authenticateMessage(authentication);
    assert.equal(field(message, 28).toString('utf16le'), 'Domain');
    assert.equal(field(message, 36).toString('utf16le'), 'User');
    assert.equal(field(message, 44).length, 0);
    assert.equal(field(message, 52).length, 0);
    assert.deepEqual(message.subarray(72, 88), Buffer.alloc(16));
  });

  it('protects all three messages where the server gives a time stamp', () => {
    const timestamp = Buffer.from('0090d336b734c301', 'hex');
    const sent = challengeWith([
      { id: avId.computerName, value: Buffer.from('Server', 'utf16le') },
      { id: avId.timestamp, value: timestamp },
    ]);
    const bindings = Buffer.alloc(16, 7);
    const full = {
      ...authentication,
      challenge: readChallenge(sent),
      channelBindings: bindings,
      targetName: 'HTTP/ca',
    };
    const message = authenticateMessage(full);
    const ntResponse = field(message, 20);
    const answered = readTargetInfo(ntResponse.subarray(16 + 28));
    const value = (id: number) => answered.find((pair) => pair.id === id)?.value;
    assert.deepEqual(ntResponse.subarray(24, 32), timestamp);
    assert.deepEqual(value(avId.flags), Buffer.from([2, 0, 0, 0]));
    assert.deepEqual(value(avId.channelBindings), bindings);
    assert.deepEqual(value(avId.targetName), Buffer.from('HTTP/ca', 'utf16le'));
    assert.deepEqual(field(message, 12), Buffer.alloc(24));
    const mic = Buffer.from(message.subarray(72, 88));
    message.fill(0, 72, 88);
    const expected = createHmac('md5', ntlmV2Response(full).sessionKey)
      .update(Buffer.concat([full.negotiate, sent, message]))
      .digest();
    assert.deepEqual(mic, expected);
  });

  it('binds to the certificate of the TLS connection by the hash of its signature, SHA-256 at least', () => {
    const der = Buffer.from('a certificate');
    const expected = (hash: string) => {
      const data = Buffer.concat([Buffer.from('tls-server-end-point:'), createHash(hash).update(der).digest()]);
      const length = Buffer.from([data.length, 0, 0, 0]);
      return createHash('md5')
        .update(Buffer.concat([Buffer.alloc(16), length, data]))
        .digest('hex');
    };
    const bound = (signatureAlgorithm: string) => channelBindings({ der, signatureAlgorithm }).toString('hex');
    assert.equal(bound('1.2.840.113549.1.1.5'), expected('sha256'));
    assert.equal(bound('1.2.840.113549.1.1.11'), expected('sha256'));
    assert.equal(bound('1.2.840.10045.4.3.3'), expected('sha384'));
    assert.equal(bound('1.2.840.113549.1.1.13'), expected('sha512'));
  });

  it('writes a user name in capitals letter by letter, and a domain as it is', () => {
    const key = (username: string, domain: string) => responseKey({ ...account, username, domain }).toString('hex');
    assert.equal(key('user', 'Domain'), key('USER', 'Domain'));
    assert.notEqual(key('user', 'Domain'), key('user', 'DOMAIN'));
    assert.notEqual(key('straße', ''), key('STRASSE', ''));
    assert.equal(key('jürgen', ''), key('JÜRGEN', ''));
  });
});

describe('a challenge', () => {
  it('is refused where it asks for something weaker than NTLMv2, or is none', () => {
    const changed = (at: number, value: number) => {
      const message = Buffer.from(publishedChallenge);
      message.writeUInt32LE(value >>> 0, at);
      return message;
    };
    const refused = {
      'nothing at all': Buffer.alloc(0),
      'another message': changed(8, 3),
      'no Unicode': changed(20, 0xe28a8232),
      'no target info': changed(20, 0xe20a8233),
      'target info beyond the end': changed(44, 0xffff_ffff),
      'target info without an end': publishedChallenge.subarray(0, publishedChallenge.length - 4),
      'more than any server sends': Buffer.concat([publishedChallenge, Buffer.alloc(9000)]),
    };
    for (const [what, message] of Object.entries(refused)) assert.throws(() => readChallenge(message), NtlmError, what);
  });

  it('is read within its bounds, whatever it holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 30, maxLength: 200 }), (tail) => {
        const message = Buffer.concat([publishedChallenge.subarray(0, 24), tail]);
        try {
          authenticateMessage({ ...authentication, challenge: readChallenge(message) });
        } catch (fault) {
          if (!(fault instanceof NtlmError)) throw fault;
        }
      }),
      { numRuns: 300 },
    );
  });
});
