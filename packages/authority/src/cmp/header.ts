import {
  DerReader,
  derElement,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derTag,
  PkiError,
  readObjectIdentifier,
  readSoleElement,
} from '@opencapf/pki';
import { type Algorithm, readAlgorithm, readSequenceOf } from './answer-reading.js';
import { cmpOid } from './object-identifiers.js';

/** What the header of a message of ours says (RFC 4210, 5.1.1). Names are DER. */
export interface HeaderFields {
  readonly version: 2 | 3;
  readonly sender: Uint8Array;
  readonly recipient: Uint8Array;
  readonly time: Date;
  /** DER AlgorithmIdentifier. */
  readonly protectionAlgorithm: Uint8Array;
  readonly senderKeyId: Uint8Array | undefined;
  readonly transactionId: Uint8Array;
  readonly senderNonce: Uint8Array;
  /** The nonce of the message that this one answers. */
  readonly recipientNonce: Uint8Array | undefined;
  readonly implicitConfirm: boolean;
  readonly certProfile: string | undefined;
}

/** `[n] EXPLICIT`, n below 31. */
export function derExplicit(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  return derElement(0xa0 | tag, ...content);
}

const directoryName = 4;

/** PKIHeader, DER. */
export function encodeHeader(fields: HeaderFields): Uint8Array {
  const { senderKeyId, recipientNonce } = fields;
  const time = `${fields.time.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
  const information = [
    ...(fields.implicitConfirm
      ? [derSequence(derObjectIdentifier(cmpOid.implicitConfirm), derElement(derTag.null))]
      : []),
    ...(fields.certProfile === undefined ? [] : [profileInformation(fields.certProfile)]),
  ];
  return derSequence(
    derElement(derTag.integer, Uint8Array.of(fields.version)),
    derExplicit(directoryName, fields.sender),
    derExplicit(directoryName, fields.recipient),
    derExplicit(0, derElement(derTag.generalizedTime, Buffer.from(time, 'latin1'))),
    derExplicit(1, fields.protectionAlgorithm),
    ...(senderKeyId === undefined ? [] : [derExplicit(2, derOctetString(senderKeyId))]),
    derExplicit(4, derOctetString(fields.transactionId)),
    derExplicit(5, derOctetString(fields.senderNonce)),
    ...(recipientNonce === undefined ? [] : [derExplicit(6, derOctetString(recipientNonce))]),
    ...(information.length === 0 ? [] : [derExplicit(8, derSequence(...information))]),
  );
}

function profileInformation(profile: string): Uint8Array {
  const names = derSequence(derElement(derTag.utf8String, Buffer.from(profile)));
  return derSequence(derObjectIdentifier(cmpOid.certProfile), names);
}

/** What the header of an answer says, as far as it is asked for. */
export interface AnswerHeader {
  /** DER Name; undefined where the sender is named in another way. */
  readonly sender: Uint8Array | undefined;
  readonly protectionAlgorithm: Algorithm | undefined;
  readonly senderKeyId: Uint8Array | undefined;
  readonly transactionId: Uint8Array | undefined;
  readonly senderNonce: Uint8Array | undefined;
  readonly recipientNonce: Uint8Array | undefined;
  /** The server needs no confirmation of the certificate. */
  readonly implicitConfirm: boolean;
}

const mostInformation = 32;

/** @throws PkiError `der-malformed` */
export function readHeader(content: Uint8Array): AnswerHeader {
  const reader = new DerReader(content);
  reader.read(derTag.integer);
  const sender = reader.read();
  reader.read();
  const fields = new Map<number, Uint8Array>();
  let last = -1;
  while (!reader.atEnd) {
    const { tag, content: field } = reader.read();
    const number = tag - 0xa0;
    if (number <= last || number > 8) throw new PkiError('der-malformed', 'A header holds a field out of its order.');
    fields.set(number, field);
    last = number;
  }
  const octets = (field: number) => {
    const value = fields.get(field);
    return value && readSoleElement(value, derTag.octetString).content;
  };
  const algorithm = fields.get(1);
  const information = fields.get(8);
  return {
    sender: sender.tag === (0xa0 | directoryName) ? sender.content : undefined,
    protectionAlgorithm: algorithm && readAlgorithm(new DerReader(algorithm)),
    senderKeyId: octets(2),
    transactionId: octets(4),
    senderNonce: octets(5),
    recipientNonce: octets(6),
    implicitConfirm: information !== undefined && readInformationTypes(information).includes(cmpOid.implicitConfirm),
  };
}

function readInformationTypes(content: Uint8Array): readonly string[] {
  return readSequenceOf(readSoleElement(content, derTag.sequence).content, mostInformation, (items) => {
    const parts = new DerReader(items.read(derTag.sequence).content);
    return readObjectIdentifier(parts.read(derTag.objectIdentifier).raw);
  });
}
