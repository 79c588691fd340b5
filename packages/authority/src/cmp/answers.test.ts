import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { derElement, derSequence, derTag, readCertificate } from '@opencapf/pki';
import fc from 'fast-check';
import { AuthorityError } from '../errors.js';
import {
  readCaCertificates,
  readCertificateAnswer,
  readError,
  readPollAnswer,
  readRevocationAnswer,
} from './answer-bodies.js';
import { derExplicit } from './header.js';
import { type AnswerMessage, bodyKind, longestMessage, readMessage } from './message.js';
import { checkProtection } from './protection-check.js';
import { statusText } from './status.js';

/** A `cp` of `openssl cmp -port` (3.0.19) with the secret `s3cret`: SHA-256 500 times, HMAC with SHA-1. */
const recorded = Buffer.from(
  [
    'MIICIDCBuwIBAqQCMACkHDAaMRgwFgYDVQQDDA9TRVAwMDExMjIzMzQ0NTWgERgPMjAyNjExMjcxMjM5NDdaoT4wPAYJKoZIhvZ9B0INMC8E',
    'EMYo4OWQga7ctYcgPBjr4sAwCwYJYIZIAWUDBAIBAgIB9DAKBggrBgEFBQgBAqIFBANyZWakEgQQ7mo7JUDEHHa5pSeTWKQelqUSBBCgV8jB',
    'HcFrwXdfvven+yTZphIEEMgTcdvSpjyTwWe2VY8abHujggFFMIIBQTCCAT0wggE5AgEAMAMCAQAwggEtoIIBKTCCASUwgc0CFBuHrZ6+xapu',
    'XVjmZGSFnuTBFOb2MAoGCCqGSM49BAMCMBIxEDAOBgNVBAMMB1NpdGUgQ0EwHhcNMjYxMTI3MTIzNjE3WhcNMjYxMjE3MTIzNjE3WjAaMRgw',
    'FgYDVQQDDA9TRVAwMDExMjIzMzQ0NTUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAShkC5YzKfEpfQRCXnRLNHUlcOWw6UryJMeS8GvoQp7',
    'fI3UeRDEG/04moq+nQUmohzBeAVLqj5JmCYKYShVcipnMAoGCCqGSM49BAMCA0cAMEQCIGtEA+rbszLeLdlliXThJ9FyeMrz3vpA2z7GPLN7',
    's5QPAiAKtiS10Ml5Oo1FYlXVhkBkjizCjpWOGsIQIXov1vUKJaAXAxUAzWYZQYZ5DEJ7Gdj3/X6gse48iLo=',
  ].join(''),
  'base64',
);
const now = new Date('2026-11-27T12:40:00Z');
const trust = { secret: 's3cret', anchors: [] };

const bodies = [readCertificateAnswer, readPollAnswer, readError, readRevocationAnswer, readCaCertificates];

/** Everything that is done with an answer, whatever it says it is. */
async function readWhole(der: Uint8Array): Promise<AnswerMessage> {
  const answer = readMessage(der);
  for (const read of bodies) {
    try {
      read(answer);
    } catch (fault) {
      if (!(fault instanceof AuthorityError)) throw fault;
    }
  }
  await checkProtection(answer, trust, now);
  return answer;
}

describe('an answer over CMP', () => {
  it('is read as OpenSSL sent it', () => {
    const answer = readMessage(recorded);
    assert.equal(answer.kind, bodyKind.cp);
    assert.equal(Buffer.from(answer.header.transactionId ?? []).toString('hex'), 'ee6a3b2540c41c76b9a5279358a41e96');
    assert.equal(answer.header.implicitConfirm, false);
    const { requestId, status, certificate = Buffer.of() } = readCertificateAnswer(answer);
    assert.deepEqual([requestId, status.status, status.words, status.failures], [0, 0, [], []]);
    assert.equal(readCertificate(certificate).commonName, 'SEP001122334455');
  });

  it('is believed with the right secret alone, and only to the last bit', async () => {
    await checkProtection(readMessage(recorded), trust, now);
    const refused = { name: 'AuthorityError', code: 'authority-answer-unprotected' };
    await assert.rejects(checkProtection(readMessage(recorded), { ...trust, secret: 's3cres' }, now), refused);
    await assert.rejects(checkProtection(readMessage(recorded), { ...trust, secret: undefined }, now), refused);
    const altered = Buffer.from(recorded);
    const at = altered.indexOf('SEP001122334455', altered.indexOf('Site CA'));
    altered.write('SEP001122334456', at);
    await assert.rejects(checkProtection(readMessage(altered), trust, now), refused);
  });

  it('is refused when it is cut off, followed by more, or longer than any', () => {
    const unreadable = { name: 'AuthorityError', code: 'authority-answer-unreadable' };
    for (let length = 0; length < recorded.length; length += 7) {
      assert.throws(() => readMessage(recorded.subarray(0, length)), unreadable, `${length} bytes`);
    }
    assert.throws(() => readMessage(Buffer.concat([recorded, Buffer.of(0)])), unreadable);
    assert.throws(() => readMessage(derElement(derTag.sequence, new Uint8Array(longestMessage))), unreadable);
  });

  it('is refused when it is nested deeper than any', () => {
    let nested: Uint8Array = new Uint8Array();
    for (let depth = 0; depth < 10_000; depth++) nested = derSequence(nested);
    assert.throws(() => readMessage(nested), { code: 'authority-answer-unreadable' });
  });

  it('ends in an AuthorityError whatever bytes came, and never in another error', async () => {
    const holds = async (der: Uint8Array): Promise<void> => {
      try {
        await readWhole(der);
      } catch (fault) {
        assert.ok(fault instanceof AuthorityError, String(fault));
      }
    };
    const edits = fc.array(fc.tuple(fc.nat(recorded.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    const altered = edits.map((changes) => {
      const bytes = Buffer.from(recorded);
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
    const body = fc
      .tuple(fc.nat(30), fc.uint8Array({ maxLength: 40 }))
      .map(([kind, content]) => withBody(derExplicit(kind, content)));
    await fc.assert(fc.asyncProperty(fc.oneof(altered, body, fc.uint8Array({ maxLength: 300 })), holds), {
      numRuns: 1_500,
      seed: 20_261_127,
    });
  });
});

/** The recorded header with another body. */
function withBody(body: Uint8Array): Uint8Array {
  return derSequence(recorded.subarray(4, 194), body);
}

describe('a status', () => {
  it('is told in one line, without what must not be told', () => {
    const status = { status: 2, words: ['no <b>such</b>\u0000 user', 'with s3cret'], failures: ['badPOP'] } as const;
    assert.equal(statusText(status, ['s3cret']), 'badPOP: no such user with ***');
    assert.equal(statusText({ status: 2, words: [], failures: [] }, []), 'It gave no reason.');
    assert.equal(statusText({ status: 2, words: ['x'.repeat(9_000)], failures: [] }, []).length, 500);
  });

  it('names its failures by the bits of RFC 4210', () => {
    const badCertTemplateAndSystemFailure = Buffer.from('300a020102030504000010 40'.replace(' ', ''), 'hex');
    const answer = { ...readMessage(recorded), body: derSequence(badCertTemplateAndSystemFailure) };
    assert.deepEqual(readError(answer).failures, ['badCertTemplate', 'systemFailure']);
  });
});
