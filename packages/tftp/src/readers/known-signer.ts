import { createVerify } from 'node:crypto';
import { type CertificateRecord, importSpki } from '@opencapf/pki';
import { TftpError } from '../errors.js';
import type { Envelope } from './envelope.js';

/** A certificate whose signature on files is believed. */
export interface KnownSigner {
  /**
   * As the trust list has it, lower-case hex: old tokens write theirs in another order of bytes than their certificates, so that it is
   * compared as it stands (tftp-file-formats.md, section 2.2).
   */
  readonly serialNumber: string;
  readonly certificate: CertificateRecord;
}

/** A signer that is known by its certificate alone. */
export function knownSigner(certificate: CertificateRecord): KnownSigner {
  return { serialNumber: certificate.serial, certificate };
}

/**
 * Finds who signed the file among those that are believed.
 *
 * @throws TftpError `file-signer-unknown` when none bears the serial number of the header, `file-signature-invalid` when none of
 * those that do made the signature.
 */
export function verifySigner<Signer extends KnownSigner>(envelope: Envelope, believed: readonly Signer[]): Signer {
  const named = believed.filter(({ serialNumber }) => serialNumber === envelope.header.serialNumber);
  if (named.length === 0) throw new TftpError('file-signer-unknown');
  const signer = named.find(({ certificate }) => isSignedBy(envelope, certificate));
  if (signer === undefined) throw new TftpError('file-signature-invalid');
  return signer;
}

/** RSASSA-PKCS1-v1_5 over all but the signature's own item (tftp-file-formats.md, section 3). */
function isSignedBy({ header, signature, signedParts }: Envelope, { keyType, spki }: CertificateRecord): boolean {
  if (keyType?.kind !== 'rsa' || keyType.size !== header.modulusBits) return false;
  const verifier = createVerify(header.hash);
  for (const part of signedParts) verifier.update(part);
  try {
    return verifier.verify(importSpki(spki), signature);
  } catch (cause) {
    throw new TftpError('file-signature-invalid', 'The key of the signing certificate is unusable.', { cause });
  }
}
