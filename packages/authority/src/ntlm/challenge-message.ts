import { ntlmFlags, ntlmSignature } from './flags.js';
import { NtlmError } from './ntlm-error.js';
import { type AvPair, readTargetInfo } from './target-info.js';

/** CHALLENGE ([MS-NLMP] 2.2.1.2), as far as NTLMv2 needs it. */
export interface Challenge {
  /** The whole message as it was read, which the MIC covers. */
  readonly message: Uint8Array;
  readonly flags: number;
  /** 8 bytes. */
  readonly serverChallenge: Uint8Array;
  readonly targetInfo: readonly AvPair[];
}

/** Longer ones than any server sends are refused unread, in bytes. */
const longestChallenge = 8192;

/**
 * Reads a server's challenge.
 *
 * @throws NtlmError for what is no challenge, and for one of a server that cannot do NTLMv2 in Unicode: nothing weaker is
 * answered, whatever a server asks for.
 */
export function readChallenge(input: Uint8Array): Challenge {
  const message = Buffer.from(input);
  if (message.length < 48 || message.length > longestChallenge)
    throw new NtlmError('it has another length than one has');
  if (message.compare(ntlmSignature, 0, 8, 0, 8) !== 0 || message.readUInt32LE(8) !== 2) {
    throw new NtlmError('it is another message');
  }
  const flags = message.readUInt32LE(20);
  if ((flags & ntlmFlags.unicode) === 0) throw new NtlmError('the server knows no Unicode');
  if ((flags & ntlmFlags.targetInfo) === 0) throw new NtlmError('the server cannot do NTLMv2');
  const length = message.readUInt16LE(40);
  const offset = message.readUInt32LE(44);
  if (offset + length > message.length) throw new NtlmError('its target info lies beyond its end');
  return {
    message,
    flags,
    serverChallenge: message.subarray(24, 32),
    targetInfo: readTargetInfo(message.subarray(offset, offset + length)),
  };
}
