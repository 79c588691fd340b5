import { randomBytes } from 'node:crypto';
import {
  compileLscProfile,
  createCapfCertificate,
  createServerCertificate,
  createSigner,
  generateKeyPair,
  type Issuer,
  type KeyPair,
  loadIssuer,
  randomSerial,
} from '@opencapf/pki';
import { type CapfTrust, readCapfTrust } from '../capf-trust.js';
import type { FakeIdentity } from './fake-capf.js';

/** A CAPF certificate with its key. */
export interface CapfIdentity extends FakeIdentity {
  readonly issuer: Issuer;
  readonly trust: CapfTrust;
}

/** A self-signed CAPF certificate. */
export async function capfIdentity(now = new Date()): Promise<CapfIdentity> {
  const key = await generateKeyPair({ kind: 'rsa', size: 2048 });
  const signer = createSigner(key);
  const certificate = await createCapfCertificate(signer, { organization: 'Test' }, now);
  const issuer = loadIssuer(certificate, signer);
  return { certificates: [certificate], key, issuer, trust: readCapfTrust(certificate) };
}

/** A server's certificate that another one issued. */
export async function issuedIdentity({ issuer }: CapfIdentity): Promise<FakeIdentity> {
  const key = await generateKeyPair({ kind: 'rsa', size: 2048 });
  const certificate = await createServerCertificate(issuer, {
    commonName: 'SEP001122334455',
    dnsNames: [],
    ipAddresses: ['127.0.0.1'],
    spki: key.spki,
    validityDays: 2,
  });
  return { certificates: [certificate], key };
}

/** An LSC, DER. */
export async function issueLsc(
  issuer: Issuer,
  deviceName: string,
  { spki }: Pick<KeyPair, 'spki'>,
  validity: { readonly notBefore: Date; readonly notAfter: Date } = {
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 86_400_000),
  },
): Promise<Uint8Array> {
  const profile = compileLscProfile(issuer);
  const tbs = profile.encodeTbs({ deviceName, spki, serial: randomSerial(randomBytes), ...validity });
  return profile.assemble(tbs, await issuer.signer.sign(tbs));
}
