import { type Sequence, Utf8String } from 'asn1js';
import { sequence, statusInfo } from './fake-cmp-messages.js';

/** Bits of PKIFailureInfo (RFC 4210, 5.2.3). */
export const failureBits = {
  badMessageCheck: 1,
  badRequest: 2,
  badTime: 3,
  badDataFormat: 5,
  wrongAuthority: 6,
  badPOP: 9,
  certConfirmed: 11,
  badRecipientNonce: 13,
  badCertTemplate: 19,
  transactionIdInUse: 21,
} as const;

/** A refusal that a server sends as an error message. */
export class Refusal extends Error {
  readonly #failure: keyof typeof failureBits;

  constructor(failure: keyof typeof failureBits, message: string) {
    super(message);
    this.#failure = failure;
  }

  /** ErrorMsgContent. */
  get body(): Sequence {
    const status = statusInfo(2, this.message, failureBits[this.#failure]);
    return sequence(status, sequence(new Utf8String({ value: this.message })));
  }
}
