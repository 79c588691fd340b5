import type { KeyType } from '@opencapf/pki';
import { Curve, type KeyGeneration, ProtocolVersion } from '@opencapf/protocol';
import type { OpenOperation } from '@opencapf/store';
import { OperationFailed } from './session-ends.js';
import { operationFailures } from './session-outcomes.js';

/** A key to ask a phone for: on the wire, and as its public key will be checked. */
export interface WantedKey {
  readonly request: KeyGeneration;
  readonly type: KeyType;
}

const curves = { 256: Curve.secp256r1, 384: Curve.secp384r1, 521: Curve.secp521r1 } as const;

/**
 * Which keys to ask for, in this order, until the phone makes one. An EC key cannot be asked of a version-2 client
 * (capf-wire-protocol.md, section 5, "Version negotiation"); RSA Backup is for it, and for a phone that cannot make one
 * (security-guide-extracts.md, "CAPF ECDSA Support").
 *
 * @throws OperationFailed `phone-version-too-old`
 */
export function wantedKeys(operation: OpenOperation, version: ProtocolVersion): readonly WantedKey[] {
  const rsa = wantedRsaKey(operation.rsaKeySize, version);
  if (operation.keyOrder === 'rsaOnly') return [rsa];
  if (version === ProtocolVersion.TWO) {
    if (operation.keyOrder === 'ecPreferred') return [rsa];
    throw new OperationFailed('phone-version-too-old', operationFailures['phone-version-too-old']);
  }
  const ec = wantedEcKey(operation.ecKeySize);
  return operation.keyOrder === 'ecOnly' ? [ec] : [ec, rsa];
}

function wantedRsaKey(size: number, version: ProtocolVersion): WantedKey {
  return { request: { version, key: { type: 'rsa', size } }, type: { kind: 'rsa', size } };
}

function wantedEcKey(bits: number): WantedKey {
  const size = bits === 384 || bits === 521 ? bits : 256;
  return {
    request: { version: ProtocolVersion.THREE, key: { type: 'ec', curve: curves[size] } },
    type: { kind: 'ec', size },
  };
}
