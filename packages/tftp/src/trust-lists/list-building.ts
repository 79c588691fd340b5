import { type SubjectFields, sha256Hex } from '@opencapf/pki';
import {
  type Database,
  ensureFileSigners,
  refreshTrustLists,
  type SecretKey,
  type StoredListKind,
  type TrustListBuilder,
} from '@opencapf/store';
import { writeTrustList } from '../writers/trust-list.js';
import { loadFileSigner, makeFileSigner } from './file-signers.js';
import {
  isVersionOf,
  type PhoneFileFormat,
  signerVersionOf,
  trustedCertificates,
  trustListVersion,
} from './trusted-certificates.js';

/**
 * When lists are built. At its `start` a node has lists written as it is set to. Later on it leaves what another one has written, so
 * that two that are set apart do not build lists against each other.
 */
export type BuildingOccasion = 'start' | 'change';

/**
 * Makes what serving phones' files needs and is not there yet: who signs them, once for all nodes, and trust lists of what is on
 * record now.
 *
 * @throws StoreError `sealed-value-unreadable`
 * @throws TftpError the codes of `writeTrustList`; signers are there then, and the lists before stay in service
 */
export async function ensurePhoneFiles(
  database: Database,
  secretKey: SecretKey,
  format: PhoneFileFormat,
  subject: SubjectFields,
  now: Date,
  occasion: BuildingOccasion = 'change',
): Promise<void> {
  await ensureFileSigners(database, secretKey, (purpose) => makeFileSigner(purpose, subject, now));
  await refreshLists(database, secretKey, format, now, occasion);
}

/**
 * Builds new trust lists where what they hold has changed, and at a node's start where it is set to write them in another way.
 *
 * @returns the kinds that were built
 * @throws StoreError `sealed-value-unreadable`
 * @throws TftpError the codes of `writeTrustList`; the lists before stay in service
 */
export async function refreshLists(
  database: Database,
  secretKey: SecretKey,
  format: PhoneFileFormat,
  now: Date,
  occasion: BuildingOccasion = 'change',
): Promise<readonly StoredListKind[]> {
  return await refreshTrustLists(database, secretKey, listBuilder(format, now, occasion));
}

/** Builds lists in a format. */
export function listBuilder(
  format: PhoneFileFormat,
  now: Date,
  occasion: BuildingOccasion = 'change',
): TrustListBuilder {
  const { layout, hash } = format;
  return {
    versionOf: (kind, content) => trustListVersion(kind, content, format),
    isCurrent: (kind, content, version) =>
      occasion === 'start' ? version === trustListVersion(kind, content, format) : isVersionOf(kind, content, version),
    build: async (kind, content, signer) => {
      const trusted = trustedCertificates(content);
      return {
        bytes: await writeTrustList(kind, trusted, {
          ...{ signer: loadFileSigner(signer), hash, layout, at: now },
          ...signerVersionOf(content),
        }),
        certificates: [...new Set(trusted.map(({ certificate }) => sha256Hex(certificate.der)))],
      };
    },
  };
}
