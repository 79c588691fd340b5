import { certificationRequest } from './certification-request.js';
import { derSequence } from './der-writer.js';
import { extension } from './extensions.js';
import { oid } from './object-identifiers.js';
import type { Signer } from './signer.js';

/** What a certificate is wanted for: to sign LSCs, or to be met on port 3804. */
export type CaUse = 'issuer' | 'capf';

/**
 * The PKCS#10, DER, with which a site's CA is asked for the certificate of an issuer of LSCs or for the CAPF certificate. Both ask
 * for CA:TRUE, pathlen:0.
 *
 * `capf`: digitalSignature and keyCertSign with serverAuth, as CUCM's requests for CAPF ask, and keyEncipherment, which phones
 * need that meet it by RSA key exchange. `issuer`: keyCertSign, cRLSign and digitalSignature, and no extended key usage, since
 * one that a CA copies into the certificate binds the LSCs below it.
 *
 * @param subjectDer - DER Name
 * @throws PkiError `signing-failed`
 */
export async function createCaRequest(signer: Signer, subjectDer: Uint8Array, use: CaUse): Promise<Uint8Array> {
  const extensions =
    use === 'capf'
      ? [
          extension.keyUsage('digitalSignature', 'keyEncipherment', 'keyCertSign'),
          extension.extendedKeyUsage(oid.serverAuth),
        ]
      : [extension.keyUsage('digitalSignature', 'keyCertSign', 'cRLSign')];
  const wanted = {
    subjectDer,
    spki: signer.spki,
    extensions: derSequence(extension.issuerOfEndEntities(), ...extensions),
  };
  return await certificationRequest(wanted, signer);
}
