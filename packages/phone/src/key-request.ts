import type { EcKeySize, KeyType } from '@opencapf/pki';
import { type Complete, Curve, ProtocolError, ProtocolVersion, KeyType as WireKeyType } from '@opencapf/protocol';

const curveSizes: ReadonlyMap<number, EcKeySize> = new Map([
  [Curve.secp256r1, 256],
  [Curve.secp384r1, 384],
  [Curve.secp521r1, 521],
]);

/** What phones make when they are not told a size (capf-wire-protocol.md, section 4). */
const usualRsaSize = 2048;
const smallestRsaSize = 512;
const largestRsaSize = 4096;

/**
 * The key that KEY_GENERATE_REQUEST asks for, or undefined when it is one that no phone makes.
 *
 * A version-2 phone knows the size alone and makes an RSA key whatever else is said; a version-3 phone stops without
 * KEY_TYPE, as capfc does: that is the fault `element-missing` (capf-wire-protocol.md, section 5).
 */
export function requestedKey(
  { keyType, keySize, curve }: Complete<'KeyGenerateRequest'>,
  version: ProtocolVersion,
): KeyType | undefined | ProtocolError {
  if (version === ProtocolVersion.TWO) return rsaKey(keySize ?? usualRsaSize);
  switch (keyType) {
    case undefined:
      return new ProtocolError('element-missing', 'KEY_TYPE in KeyGenerateRequest');
    case WireKeyType.RSA:
      return rsaKey(keySize ?? usualRsaSize);
    case WireKeyType.EC: {
      const size = curve === undefined ? undefined : curveSizes.get(curve);
      return size && { kind: 'ec', size };
    }
    default:
      return undefined;
  }
}

function rsaKey(size: number): KeyType | undefined {
  return size < smallestRsaSize || size > largestRsaSize ? undefined : { kind: 'rsa', size };
}
