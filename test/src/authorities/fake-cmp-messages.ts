import {
  type BaseBlock,
  BitString,
  Constructed,
  fromBER,
  GeneralizedTime,
  Integer,
  Null,
  ObjectIdentifier,
  OctetString,
  Sequence,
  Utf8String,
} from 'asn1js';

/** A message as a strict CMP server wants it (RFC 4210, 5.1). Bytes are DER unless a comment says other. */
export interface CmpQuestion {
  readonly sender: Uint8Array;
  readonly recipient: Uint8Array;
  readonly time: Date;
  readonly protectionAlgorithm: Uint8Array;
  /** Octets. */
  readonly senderKeyId: Uint8Array | undefined;
  /** Octets. */
  readonly transactionId: Uint8Array;
  /** Octets. */
  readonly senderNonce: Uint8Array;
  /** Octets. */
  readonly recipientNonce: Uint8Array | undefined;
  /** Dotted object identifiers. */
  readonly information: readonly string[];
  /** The number of its tag. */
  readonly kind: number;
  readonly body: BaseBlock;
  readonly protectedPart: Uint8Array;
  /** Octets. */
  readonly protection: Uint8Array;
  readonly extraCertificates: readonly Uint8Array[];
}

const contextClass = 3;

/** The parts of a constructed element. Throws where it is none. */
export function partsOf(block: BaseBlock | undefined): readonly BaseBlock[] {
  if (!(block instanceof Constructed)) throw new Error('A constructed element was due.');
  return block.valueBlock.value;
}

/** Octets of an OCTET STRING. */
export function octetsOf(block: BaseBlock | undefined): Uint8Array {
  if (!(block instanceof OctetString)) throw new Error('An OCTET STRING was due.');
  return Buffer.from(block.valueBlock.valueHexView);
}

export function numberOf(block: BaseBlock | undefined): number {
  if (!(block instanceof Integer)) throw new Error('An INTEGER was due.');
  return block.valueBlock.valueDec;
}

export function identifierOf(block: BaseBlock | undefined): string {
  if (!(block instanceof ObjectIdentifier)) throw new Error('An OBJECT IDENTIFIER was due.');
  return block.valueBlock.toString();
}

export function derOf(block: BaseBlock): Uint8Array {
  return Buffer.from(block.valueBeforeDecodeView);
}

/** Reads what is DER to the last byte. */
export function parse(der: Uint8Array): BaseBlock {
  const { result, offset } = fromBER(der);
  if (offset !== der.length) throw new Error('It is not DER.');
  return result;
}

/** Reads a message. Throws in words when it is not as RFC 4210 has it. */
export function readQuestion(der: Uint8Array): CmpQuestion {
  const [header, body, ...rest] = partsOf(parse(der));
  if (header === undefined || body === undefined) throw new Error('The message has no header or body.');
  const [version, sender, recipient, ...fields] = partsOf(header);
  if (![2, 3].includes(numberOf(version))) throw new Error('The version is unknown.');
  const numbers = fields.map(({ idBlock }) => idBlock.tagNumber);
  if (numbers.some((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0))) {
    throw new Error('The header is out of order.');
  }
  const field = (number: number) => {
    const found = fields.find(({ idBlock }) => idBlock.tagClass === contextClass && idBlock.tagNumber === number);
    return found && partsOf(found)[0];
  };
  const required = (number: number) => {
    const found = field(number);
    if (found === undefined) throw new Error(`The header lacks field ${number}.`);
    return found;
  };
  const time = required(0);
  if (!(time instanceof GeneralizedTime)) throw new Error('The time is none.');
  const [protection, extra] = [0, 1].map((number) => rest.find(({ idBlock }) => idBlock.tagNumber === number));
  const bits = protection && partsOf(protection)[0];
  if (!(bits instanceof BitString) || bits.valueBlock.unusedBits !== 0) throw new Error('It is not protected.');
  const optional = (number: number) => (field(number) === undefined ? undefined : octetsOf(field(number)));
  const information = field(8);
  return {
    sender: directoryName(sender),
    recipient: directoryName(recipient),
    time: time.toDate(),
    protectionAlgorithm: derOf(required(1)),
    senderKeyId: optional(2),
    transactionId: octetsOf(required(4)),
    senderNonce: octetsOf(required(5)),
    recipientNonce: optional(6),
    information: information === undefined ? [] : partsOf(information).map((item) => identifierOf(partsOf(item)[0])),
    kind: body.idBlock.tagNumber,
    body: partsOf(body)[0] ?? body,
    protectedPart: Buffer.from(new Sequence({ value: [header, body] }).toBER()),
    protection: Buffer.from(bits.valueBlock.valueHexView),
    extraCertificates: extra === undefined ? [] : partsOf(partsOf(extra)[0]).map(derOf),
  };
}

function directoryName(name: BaseBlock | undefined): Uint8Array {
  const [inner] = partsOf(name);
  if (name?.idBlock.tagNumber !== 4 || inner === undefined) throw new Error('A directory name was due.');
  return derOf(inner);
}

/** `[n] EXPLICIT`. */
export function tagged(number: number, ...value: readonly BaseBlock[]): Constructed {
  return new Constructed({ idBlock: { tagClass: contextClass, tagNumber: number }, value: [...value] });
}

export function sequence(...value: readonly (BaseBlock | undefined)[]): Sequence {
  return new Sequence({ value: value.filter((part) => part !== undefined) });
}

export function octetString(octets: Uint8Array): OctetString {
  return new OctetString({ valueHex: new Uint8Array(octets).buffer });
}

/** PKIStatusInfo. */
export function statusInfo(status: number, text?: string, failureBit?: number): Sequence {
  const bits = new Uint8Array(4);
  if (failureBit !== undefined) bits[failureBit >> 3] = 0x80 >> (failureBit & 7);
  return sequence(
    new Integer({ value: status }),
    text === undefined ? undefined : sequence(new Utf8String({ value: text })),
    failureBit === undefined ? undefined : new BitString({ valueHex: bits.buffer, unusedBits: 5 }),
  );
}

/** What an answer says of itself; see `CmpQuestion`. */
export interface CmpAnswer {
  readonly to: CmpQuestion;
  readonly sender: Uint8Array;
  readonly protectionAlgorithm: Uint8Array;
  readonly senderKeyId: Uint8Array | undefined;
  readonly senderNonce: Uint8Array;
  readonly implicitConfirm: boolean;
  readonly kind: number;
  readonly body: BaseBlock;
}

const implicitConfirm = '1.3.6.1.5.5.7.4.13';

/** An answer, DER, protected by whatever `protect` gives for its bytes. */
export function writeAnswer(
  answer: CmpAnswer,
  protect: (bytes: Uint8Array) => Uint8Array,
  extraCertificates: readonly Uint8Array[],
): Uint8Array {
  const { to, senderKeyId } = answer;
  const header = sequence(
    new Integer({ value: 2 }),
    tagged(4, parse(answer.sender)),
    tagged(4, parse(to.sender)),
    tagged(0, new GeneralizedTime({ valueDate: new Date() })),
    tagged(1, parse(answer.protectionAlgorithm)),
    senderKeyId && tagged(2, octetString(senderKeyId)),
    tagged(4, octetString(to.transactionId)),
    tagged(5, octetString(answer.senderNonce)),
    tagged(6, octetString(to.senderNonce)),
    answer.implicitConfirm
      ? tagged(8, sequence(sequence(new ObjectIdentifier({ value: implicitConfirm }), new Null())))
      : undefined,
  );
  const body = tagged(answer.kind, answer.body);
  const protection = protect(Buffer.from(sequence(header, body).toBER()));
  const extra = extraCertificates.length > 0 ? tagged(1, sequence(...extraCertificates.map(parse))) : undefined;
  const bits = new BitString({ valueHex: new Uint8Array(protection).buffer });
  return Buffer.from(sequence(header, body, tagged(0, bits), extra).toBER());
}
