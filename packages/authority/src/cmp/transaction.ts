import { DerReader, derOctetString, derSequence, derTag, PkiError, readSoleElement } from '@opencapf/pki';
import { AuthorityError } from '../errors.js';
import { bodyKind } from './message.js';
import type { RequestId } from './request-bodies.js';

/**
 * What of a request is committed before it leaves, and is the same whenever it is sent: which transaction it is, its nonce and
 * its body. Header and protection are made anew, by the settings of the day; no secret is in here.
 */
export interface Transaction {
  /** 16 random bytes: what the authority knows the request by. */
  readonly id: Uint8Array;
  /** 16 random bytes. */
  readonly nonce: Uint8Array;
  /** DER PKIBody, `cr` or `p10cr`. */
  readonly body: Uint8Array;
}

/** DER. */
export function encodeTransaction({ id, nonce, body }: Transaction): Uint8Array {
  return derSequence(derOctetString(id), derOctetString(nonce), body);
}

/** @throws AuthorityError `intended-certificate-mismatch` */
export function readTransaction(der: Uint8Array): Transaction {
  try {
    const parts = new DerReader(readSoleElement(der, derTag.sequence).content);
    const id = parts.read(derTag.octetString).content;
    const nonce = parts.read(derTag.octetString).content;
    const body = parts.read().raw;
    parts.end();
    return { id, nonce, body };
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    throw new AuthorityError('intended-certificate-mismatch', 'What was committed is no CMP request.', { cause });
  }
}

export function requestIdOf({ body }: Transaction): RequestId {
  return body[0] === (0xa0 | bodyKind.p10cr) ? -1 : 0;
}

/** What the next polling request answers: the request it is about, and the nonce of the authority's last message. */
export interface PollState {
  readonly requestId: RequestId;
  readonly nonce: Uint8Array | undefined;
}

/** Printable ASCII: `0.6f0c...`. */
export function encodePollState({ requestId, nonce }: PollState): string {
  return `${requestId}.${Buffer.from(nonce ?? []).toString('hex')}`;
}

/** @throws AuthorityError `intended-certificate-mismatch` */
export function readPollState(text: string): PollState {
  const found = /^(0|-1)\.((?:[0-9a-f]{2})*)$/.exec(text);
  if (found === null) throw new AuthorityError('intended-certificate-mismatch', 'What was committed is no CMP poll.');
  const [, requestId, nonce = ''] = found;
  return {
    requestId: requestId === '0' ? 0 : -1,
    nonce: nonce === '' ? undefined : Buffer.from(nonce, 'hex'),
  };
}
