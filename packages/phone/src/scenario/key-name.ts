import { type KeyType, keyTypeName } from '@opencapf/pki';

const keyTypes: readonly KeyType[] = [
  ...[512, 1024, 2048, 3072, 4096].map((size): KeyType => ({ kind: 'rsa', size })),
  { kind: 'ec', size: 256 },
  { kind: 'ec', size: 384 },
  { kind: 'ec', size: 521 },
];

/** The keys that phones make, as files and reports call them, e.g. `RSA 2048` and `EC P-256`. */
export const keyNames: readonly string[] = keyTypes.map(keyTypeName);

/** The key of one of {@link keyNames}; undefined for any other text. */
export function keyNamed(name: string): KeyType | undefined {
  return keyTypes.find((type) => keyTypeName(type) === name);
}
