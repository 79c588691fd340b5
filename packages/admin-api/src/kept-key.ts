import { exportPkcs8, type KeyPair } from '@opencapf/pki';

/** A key as the store keeps it, sealed. */
export function keptKey({ privateKey, spki, type }: KeyPair) {
  const algorithm = `${type.kind.toUpperCase()} ${type.size}`;
  return { publicKey: spki, algorithm, kept: { pkcs8: exportPkcs8(privateKey) } };
}
