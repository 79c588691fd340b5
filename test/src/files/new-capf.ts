import { capfKeyType, createCapfCertificate, createSigner, exportPkcs8, generateKeyPair } from '@opencapf/pki';

/** A CAPF certificate that is to be staged, with its key. */
export async function newCapf() {
  const keyPair = await generateKeyPair(capfKeyType);
  return {
    signing: { certificate: await createCapfCertificate(createSigner(keyPair)), chain: [] },
    key: { publicKey: keyPair.spki, algorithm: 'RSA 2048', kept: { pkcs8: exportPkcs8(keyPair.privateKey) } },
  };
}
