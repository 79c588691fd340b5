import { createHmac } from 'node:crypto';
import type { Challenge } from './challenge-message.js';
import { ntlmSignature, wantedFlags } from './flags.js';
import { type NtlmAccount, responseKey } from './nt-hash.js';
import { type AvPair, avId, writeTargetInfo } from './target-info.js';

/** What an answer to a challenge is made from. */
export interface Authentication {
  readonly account: NtlmAccount;
  /** The NEGOTIATE message that was sent, which the MIC covers. */
  readonly negotiate: Uint8Array;
  readonly challenge: Challenge;
  /** 8 random bytes, new each time. */
  readonly clientChallenge: Uint8Array;
  readonly now: Date;
  /** See `channelBindings`; undefined without TLS. */
  readonly channelBindings?: Uint8Array | undefined;
  /** The service that is logged in to, such as `HTTP/ca.example.com`. */
  readonly targetName?: string | undefined;
}

/** Where the MIC stands, behind eight fields of fixed length, and where the payload begins. */
const micOffset = 72;
const payloadOffset = 88;

/**
 * AUTHENTICATE ([MS-NLMP] 2.2.1.3) with an NTLMv2 response. It bears a MIC over all three messages where the server's target
 * info has a time stamp (3.1.5.1.2), so that nobody on the way can take the channel bindings out.
 */
export function authenticateMessage(authentication: Authentication): Buffer {
  const { account, negotiate, challenge } = authentication;
  const { ntResponse, lmResponse, sessionKey, withMic } = ntlmV2Response(authentication);
  const parts = [
    lmResponse,
    ntResponse,
    Buffer.from(account.domain, 'utf16le'),
    Buffer.from(account.username, 'utf16le'),
    // Workstation and session key: servers need neither.
    Buffer.alloc(0),
    Buffer.alloc(0),
  ];
  const head = Buffer.alloc(payloadOffset);
  ntlmSignature.copy(head);
  head.writeUInt32LE(3, 8);
  let end = payloadOffset;
  parts.forEach((part, index) => {
    head.writeUInt16LE(part.length, 12 + index * 8);
    head.writeUInt16LE(part.length, 14 + index * 8);
    head.writeUInt32LE(end, 16 + index * 8);
    end += part.length;
  });
  head.writeUInt32LE((challenge.flags & wantedFlags) >>> 0, 60);
  const message = Buffer.concat([head, ...parts]);
  if (withMic) {
    const mic = createHmac('md5', sessionKey).update(negotiate).update(challenge.message).update(message).digest();
    mic.copy(message, micOffset);
  }
  return message;
}

/** The responses of [MS-NLMP] 3.3.2. */
export interface NtlmV2Response {
  readonly ntResponse: Buffer;
  readonly lmResponse: Buffer;
  /** SessionBaseKey, which without a key exchange is the session key. */
  readonly sessionKey: Buffer;
  readonly withMic: boolean;
}

export function ntlmV2Response(authentication: Authentication): NtlmV2Response {
  const { account, challenge, clientChallenge } = authentication;
  const { serverChallenge } = challenge;
  const key = responseKey(account);
  const timestamp = challenge.targetInfo.find(({ id }) => id === avId.timestamp)?.value;
  const withMic = timestamp !== undefined;
  const temp = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    timestamp?.length === 8 ? timestamp : fileTime(authentication.now),
    clientChallenge,
    Buffer.alloc(4),
    writeTargetInfo(answeredTargetInfo(authentication, withMic)),
    Buffer.alloc(4),
  ]);
  const proof = hmac(key, serverChallenge, temp);
  return {
    ntResponse: Buffer.concat([proof, temp]),
    lmResponse: withMic
      ? Buffer.alloc(24)
      : Buffer.concat([hmac(key, serverChallenge, clientChallenge), clientChallenge]),
    sessionKey: hmac(key, proof),
    withMic,
  };
}

/** What the server said of itself, and behind it what the client adds; the response proves both. */
function answeredTargetInfo(
  { challenge, channelBindings, targetName }: Authentication,
  withMic: boolean,
): readonly AvPair[] {
  const { flags, channelBindings: bindings, targetName: name } = avId;
  const ours: AvPair[] = [];
  if (withMic) {
    const said = Buffer.alloc(4);
    challenge.targetInfo
      .find(({ id }) => id === flags)
      ?.value.forEach((byte, index) => {
        if (index < 4) said[index] = byte;
      });
    said.writeUInt32LE((said.readUInt32LE() | micPresent) >>> 0);
    ours.push({ id: flags, value: said });
  }
  if (channelBindings !== undefined) ours.push({ id: bindings, value: channelBindings });
  if (targetName !== undefined) ours.push({ id: name, value: Buffer.from(targetName, 'utf16le') });
  const replaced = new Set(ours.map(({ id }) => id));
  return [...challenge.targetInfo.filter(({ id }) => !replaced.has(id)), ...ours];
}

/** MsvAvFlags: the message bears a MIC. */
const micPresent = 0x2;

/** Intervals of 100 ns since 1601, little-endian. */
function fileTime(date: Date): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE((BigInt(date.getTime()) + 11_644_473_600_000n) * 10_000n);
  return time;
}

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  const mac = createHmac('md5', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}
