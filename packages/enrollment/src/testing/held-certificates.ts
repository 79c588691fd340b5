import { randomBytes } from 'node:crypto';
import {
  compileLscProfile,
  createCapfCertificate,
  createSigner,
  generateKeyPair,
  type Issuer,
  type KeyPair,
  type KeyType,
  loadIssuer,
  randomSerial,
  signDeviceProof,
  signSudiProof,
} from '@opencapf/pki';
import type { CertificateProof } from '@opencapf/protocol';
import { today } from './rig.js';

/** A certificate in a phone, with its key. */
export interface Held {
  /** DER. */
  readonly certificate: Uint8Array;
  readonly key: KeyPair;
}

const day = 86_400_000;
const inDates = { notBefore: new Date(today.getTime() - 30 * day), notAfter: new Date(today.getTime() + 30 * day) };

/** Dates of a certificate that expired yesterday. */
export const expired = { notBefore: inDates.notBefore, notAfter: new Date(today.getTime() - day) };

/** A CA of its own, which may stand for that of a maker of phones or of another cluster. */
export async function makeCa(): Promise<Issuer> {
  const signer = createSigner(await generateKeyPair({ kind: 'rsa', size: 2048 }));
  return loadIssuer(await createCapfCertificate(signer, {}, inDates.notBefore), signer);
}

/** A certificate of a phone with a new key. */
export async function certify(
  issuer: Issuer,
  commonName: string,
  {
    dates = inDates,
    type = { kind: 'ec', size: 256 },
    key,
  }: { readonly dates?: typeof inDates; readonly type?: KeyType; readonly key?: KeyPair } = {},
): Promise<Held> {
  const pair = key ?? (await generateKeyPair(type));
  const profile = compileLscProfile(issuer);
  const serial = randomSerial(randomBytes);
  const tbs = profile.encodeTbs({ deviceName: commonName, spki: pair.spki, serial, ...dates });
  return { certificate: profile.assemble(tbs, await issuer.signer.sign(tbs)), key: pair };
}

/** What a phone of this name shows to prove itself. */
export function proofBy(deviceName: string, held: Held, sudi?: Held): (sessionId: number) => CertificateProof {
  return (sessionId) => {
    const { certificate, key } = held;
    const { sha1, sha2 } = signDeviceProof(key.privateKey, deviceName, certificate);
    return {
      certificate,
      signedData: sha1,
      sha2SignedData: sha2,
      sudiData: sudi && sudiData(sudi, sessionId),
    };
  };
}

function sudiData({ certificate, key }: Held, sessionId: number): CertificateProof['sudiData'] {
  const { sha1, sha2 } = signSudiProof(key.privateKey, sessionId, certificate);
  return {
    certificate: { id: 0, bytes: certificate },
    sha1Signature: { id: 1, bytes: sha1 },
    sha512Signature: { id: sha2?.digestId ?? 3, bytes: sha2?.signature ?? new Uint8Array() },
  };
}
