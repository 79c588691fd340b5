/** Where random bytes come from; production passes `randomBytes` of node:crypto, tests their own. */
export type RandomBytes = (size: number) => Uint8Array;

const blockBytes = 4096;

/** The same bytes, taken from the source many at a time: a call of the system's costs far more than what it gives. */
export function inBlocks(randomBytes: RandomBytes): RandomBytes {
  let block: Uint8Array = new Uint8Array();
  return (size) => {
    if (block.length < size) block = randomBytes(Math.max(size, blockBytes));
    const taken = block.subarray(0, size);
    block = block.subarray(size);
    return taken;
  };
}

/** True when both hold the same bytes. Not for secrets: its time depends on the content. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && Buffer.compare(left, right) === 0;
}

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** A copy on a buffer of its own, as the ASN.1 libraries want it. */
export function ownBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
