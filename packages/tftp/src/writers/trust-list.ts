import { TftpError } from '../errors.js';
import { headerTag, type TrustListKind, trustListNames } from '../format/header-tags.js';
import { byteItem } from './item.js';
import type { Layout } from './layout.js';
import { layoutOf, type SigningOptions, signEnvelope } from './signed-envelope.js';
import { encodeRecord, type TrustedCertificate } from './trust-record.js';

/** How a trust list is signed. */
export interface TrustListOptions extends SigningOptions {
  /**
   * With 1.1 newer phones fetch their configuration over HTTPS and take EC LSCs (tftp-file-formats.md, section 5.1); 1.0 unless
   * given. The layout `cisco` has no place for it.
   */
  readonly signerVersion?: '1.0' | '1.1';
}

/** As documentation has it (tftp-file-formats.md, section 5.4). */
const mostSigners = 2;

/**
 * Builds a `.tlv` trust list, with its records in the order given. It is the same file under whatever name it is served.
 *
 * @throws TftpError `trust-list-signer-missing`, `trust-list-too-many-signers`, `trust-list-signer-version-unsupported`,
 * `trust-list-too-long`, `trust-record-host-malformed`, `trust-record-key-unsupported`, the codes of `signEnvelope`
 */
export async function writeTrustList(
  kind: TrustListKind,
  trusted: readonly TrustedCertificate[],
  options: TrustListOptions,
): Promise<Uint8Array> {
  const layout = layoutOf(options);
  requireSigner(trusted, options);
  return signEnvelope(
    {
      kind: 'trust-list',
      fileName: trustListNames[kind],
      itemsBeforeSigner: signerVersionItems(options.signerVersion, layout),
      payload: Buffer.concat(trusted.map((record) => encodeRecord(record, layout))),
    },
    options,
  );
}

/** Phones check a list with a certificate that stands in it. */
function requireSigner(trusted: readonly TrustedCertificate[], { signer }: TrustListOptions): void {
  const signers = trusted.filter(({ role }) => role === 'SAST');
  if (!signers.some(({ certificate }) => Buffer.from(certificate.der).equals(signer.certificate.der))) {
    throw new TftpError('trust-list-signer-missing');
  }
  if (signers.length > mostSigners) throw new TftpError('trust-list-too-many-signers');
}

function signerVersionItems(version: TrustListOptions['signerVersion'], layout: Layout): readonly Buffer[] {
  if (layout.hasSignerVersion) return [byteItem(headerTag.signerVersion, 1, version === '1.1' ? 1 : 0)];
  if (version !== undefined) throw new TftpError('trust-list-signer-version-unsupported');
  return [];
}
