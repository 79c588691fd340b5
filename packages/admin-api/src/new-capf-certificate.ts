import {
  capfKeyType,
  checkCaChain,
  createCapfCertificate,
  createSigner,
  generateKeyPair,
  importKeyFile,
  type KeyPair,
  readCertificate,
  requireCapfKey,
} from '@opencapf/pki';
import type { NewPrivateKey } from '@opencapf/store';
import type { z } from 'zod';
import type { TakenChain } from './ca-exchange.js';
import { keptKey } from './kept-key.js';
import type { newCapfCertificateSchema } from './schemas/ca-exchange.js';
import type { AdminApiServices } from './services.js';

/** A certificate for port 3804 that is to be staged. */
export interface NewCapfCertificate extends TakenChain {
  readonly key: NewPrivateKey & { readonly kept: { readonly pkcs8: Uint8Array } };
}

/**
 * Makes a key with a self-signed certificate, or takes them from a key file; one without certificates gets a self-signed one.
 *
 * @throws PkiError `key-file-*`, `private-key-unsupported`, `capf-key-not-rsa`, and a code that begins with `issuer-`
 */
export async function newCapfCertificate(
  { keySize = capfKeyType.size, keyFile, passphrase }: z.output<typeof newCapfCertificateSchema>,
  { capfSubject, lscValidityDays: validityDays, now = () => new Date() }: AdminApiServices,
): Promise<NewCapfCertificate> {
  if (keyFile === undefined) return await selfSigned(await generateKeyPair({ kind: 'rsa', size: keySize }));
  const { keyPair, certificates } = await importKeyFile(Buffer.from(keyFile, 'base64'), passphrase);
  requireCapfKey(keyPair.type);
  if (certificates.length === 0) return await selfSigned(keyPair);
  const { certificate, chain, warnings } = checkCaChain(certificates.map(readCertificate), {
    spki: keyPair.spki,
    use: 'capf',
    now: now(),
    validityDays,
  });
  return {
    signing: { certificate: certificate.der, chain: chain.map(({ der }) => der) },
    warnings,
    key: keptKey(keyPair),
  };

  async function selfSigned(made: KeyPair): Promise<NewCapfCertificate> {
    const certificate = await createCapfCertificate(createSigner(made), capfSubject, now());
    return { signing: { certificate, chain: [] }, warnings: [], key: keptKey(made) };
  }
}
