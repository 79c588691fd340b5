import { NtlmError } from './ntlm-error.js';

/** AvId ([MS-NLMP] 2.2.2.1) of the pairs that matter here. */
export const avId = {
  end: 0,
  computerName: 1,
  domainName: 2,
  dnsComputerName: 3,
  dnsDomainName: 4,
  flags: 6,
  timestamp: 7,
  targetName: 9,
  channelBindings: 10,
} as const;

/** What a server says of itself, one fact. */
export interface AvPair {
  readonly id: number;
  readonly value: Uint8Array;
}

/** More pairs than any server sends. */
const mostPairs = 32;

/**
 * Reads AV_PAIRs up to the one that ends them, which is left out. Whatever follows that is passed over.
 *
 * @throws NtlmError
 */
export function readTargetInfo(bytes: Buffer): readonly AvPair[] {
  const pairs: AvPair[] = [];
  for (let offset = 0; ; ) {
    if (offset + 4 > bytes.length) throw new NtlmError('its target info has no end');
    const id = bytes.readUInt16LE(offset);
    const length = bytes.readUInt16LE(offset + 2);
    offset += 4;
    if (id === avId.end) return pairs;
    if (offset + length > bytes.length) throw new NtlmError('its target info ends within a value');
    if (pairs.length === mostPairs) throw new NtlmError('its target info is too long');
    pairs.push({ id, value: bytes.subarray(offset, offset + length) });
    offset += length;
  }
}

export function writeTargetInfo(pairs: readonly AvPair[]): Buffer {
  return Buffer.concat([...pairs, { id: avId.end, value: Buffer.alloc(0) }].map(writePair));
}

function writePair({ id, value }: AvPair): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}
