import { readPublicKey, type Sha2DigestId, signDeviceProof, signSudiProof } from '@opencapf/pki';
import type { CertificateProof, SudiData } from '@opencapf/protocol';
import type { HeldCertificate, PhoneIdentity } from './identity.js';

/** The certificate with which a phone can prove itself. */
export type ProofCertificate = 'lsc' | 'mic';

/** What a phone shows to prove itself. */
export interface ProofSettings {
  /** Which certificate; in this order, the first that the phone holds (capfAuthMode 3 is LSC first, 4 is MIC first). */
  readonly by: readonly ProofCertificate[];
  /**
   * Whose SUDI proof goes with it. By default that of the MIC, where the phone has one with an RSA key, as phones make no
   * other (capf-wire-protocol.md, section 6).
   */
  readonly sudi?: ProofCertificate | 'none' | undefined;
  /** 3, SHA-512, by default. */
  readonly digestId?: Sha2DigestId | undefined;
}

/**
 * What a phone shows in AUTH_RESPONSE of this session; undefined when it has no certificate to show.
 *
 * @throws PkiError `signing-failed`
 */
export function makeProof(
  { by, sudi, digestId = 3 }: ProofSettings,
  identity: PhoneIdentity,
  deviceName: string,
  sessionId: number,
): CertificateProof | undefined {
  const [held] = by.flatMap((type) => identity[type] ?? []);
  if (held === undefined) return undefined;
  const { sha1, sha2 } = signDeviceProof(held.key.privateKey, deviceName, held.certificate, digestId);
  const sudiHolder = sudiCertificate(identity, sudi);
  return {
    certificate: held.certificate,
    signedData: sha1,
    sha2SignedData: sha2,
    sudiData: sudiHolder && makeSudi(sudiHolder, sessionId, digestId),
  };
}

function sudiCertificate({ lsc, mic }: PhoneIdentity, wanted: ProofSettings['sudi']): HeldCertificate | undefined {
  switch (wanted) {
    case 'none':
      return undefined;
    case 'lsc':
      return lsc;
    case 'mic':
      return mic;
    case undefined:
      return mic !== undefined && readPublicKey(mic.key.spki).kind === 'rsa' ? mic : undefined;
  }
}

function makeSudi(
  { certificate, key }: HeldCertificate,
  sessionId: number,
  digestId: Sha2DigestId,
): SudiData<Uint8Array> | undefined {
  const { sha1, sha2 } = signSudiProof(key.privateKey, sessionId, certificate, digestId);
  if (sha2 === undefined) return undefined;
  return {
    certificate: { id: 0, bytes: certificate },
    sha1Signature: { id: 1, bytes: sha1 },
    sha512Signature: { id: sha2.digestId, bytes: sha2.signature },
  };
}
