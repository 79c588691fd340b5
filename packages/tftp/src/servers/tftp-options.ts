import type { TftpRequest } from './tftp-packets.js';

/** How a transfer goes. */
export interface TransferOptions {
  /** Bytes of a block. */
  readonly blockBytes: number;
  /** Milliseconds until a packet is sent again. */
  readonly timeoutMs: number;
  /** What was asked for and is granted. */
  readonly granted: ReadonlyMap<string, number>;
}

/** So often a packet is sent at most. */
export const mostTries = 6;
/** Milliseconds without progress after which a client is given up: it holds a socket. */
export const longestSilenceMs = 30_000;
/** Seconds between two packets at most: each is sent as often as one may be before the client is given up. */
const longestTimeout = longestSilenceMs / mostTries / 1_000;

/** Bytes of a block without the option (RFC 1350). */
const plainBlock = 512;
/**
 * Bytes of a block at most, so that a packet is not cut up on the way; a server may grant less than was asked for (RFC 2348). A
 * stranger who sends requests in somebody else's name has that one sent no more than one such packet, a few times.
 */
const longestBlock = 1_428;
const shortestBlock = 8;

/**
 * Decides about what a client asks for: blksize (RFC 2348), timeout and tsize (RFC 2349). Other options, values that those do not
 * allow, and a timeout that cannot be kept (RFC 2349 has it granted as it is or not at all) are passed over, which the client learns by
 * their absence from the answer.
 *
 * @param size - bytes of the file
 * @param timeoutMs - until a packet is sent again, where the client says nothing
 */
export function negotiate({ options }: TftpRequest, size: number, timeoutMs: number): TransferOptions {
  const granted = new Map<string, number>();
  const blksize = wholeNumber(options.get('blksize'));
  if (blksize !== undefined && blksize >= shortestBlock && blksize <= 65_464) {
    granted.set('blksize', Math.min(blksize, longestBlock));
  }
  const timeout = wholeNumber(options.get('timeout'));
  if (timeout !== undefined && timeout >= 1 && timeout <= longestTimeout) granted.set('timeout', timeout);
  if (wholeNumber(options.get('tsize')) !== undefined) granted.set('tsize', size);
  const seconds = granted.get('timeout');
  return {
    blockBytes: granted.get('blksize') ?? plainBlock,
    timeoutMs: seconds === undefined ? timeoutMs : seconds * 1_000,
    granted,
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
