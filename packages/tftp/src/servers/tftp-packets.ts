/** Operation codes (RFC 1350, section 5; RFC 2347). */
export const tftpOperation = {
  read: 1,
  write: 2,
  data: 3,
  acknowledgement: 4,
  error: 5,
  optionAcknowledgement: 6,
} as const;

/** Error codes (RFC 1350, appendix; RFC 2347). */
export const tftpError = {
  undefined: 0,
  notFound: 1,
  accessViolation: 2,
  illegalOperation: 4,
  unknownTransfer: 5,
  badOptions: 8,
} as const;

/** A packet by which a client begins. */
export interface TftpRequest {
  readonly name: string;
  /** In lower case. */
  readonly mode: string;
  /** Names in lower case, each once. */
  readonly options: ReadonlyMap<string, string>;
}

/** RFC 2347 bounds a request by 512 bytes. */
const longestRequest = 512;

/** The operation of a packet; undefined for one that is too short for any. */
export function operationOf(packet: Buffer): number | undefined {
  return packet.length < 4 ? undefined : packet.readUInt16BE(0);
}

/** Reads a request. @returns the error to answer with when it is none */
export function readTftpRequest(
  packet: Buffer,
): TftpRequest | typeof tftpError.illegalOperation | typeof tftpError.badOptions {
  if (packet.length > longestRequest || packet.at(-1) !== 0) return tftpError.illegalOperation;
  const [name = '', mode = '', ...rest] = packet.subarray(2, -1).toString('latin1').split('\0');
  if (name === '' || mode === '' || rest.length % 2 !== 0) return tftpError.illegalOperation;
  const options = new Map<string, string>();
  for (let at = 0; at < rest.length; at += 2) {
    const option = rest[at]?.toLowerCase() ?? '';
    // RFC 2347 has each option once.
    if (options.has(option)) return tftpError.badOptions;
    options.set(option, rest[at + 1] ?? '');
  }
  return { name, mode: mode.toLowerCase(), options };
}

/** A block of a file; `block` wraps at 16 bits. */
export function dataPacket(block: number, content: Uint8Array): Buffer {
  const packet = Buffer.allocUnsafe(4 + content.length);
  packet.writeUInt16BE(tftpOperation.data, 0);
  packet.writeUInt16BE(block & 0xffff, 2);
  packet.set(content, 4);
  return packet;
}

/** Options that the server goes by. */
export function optionPacket(options: ReadonlyMap<string, number>): Buffer {
  const text = [...options].map(([name, value]) => `${name}\0${value}\0`).join('');
  return Buffer.concat([Buffer.from([0, tftpOperation.optionAcknowledgement]), Buffer.from(text, 'latin1')]);
}

export function errorPacket(code: number, message: string): Buffer {
  return Buffer.concat([Buffer.from([0, tftpOperation.error, 0, code]), Buffer.from(`${message}\0`, 'latin1')]);
}
