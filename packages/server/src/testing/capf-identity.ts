import { createCapfCertificate, createSigner, exportPkcs8Pem, generateKeyPair, toPem } from '@opencapf/pki';

/** TLS options of a client that trusts this certificate; its name it does not look at, as phones do not. */
export function trusting({ cert }: { readonly cert: string }) {
  return { ca: cert, checkServerIdentity: () => undefined } as const;
}

/** A CAPF certificate and its key, PEM. */
export async function capfIdentity(): Promise<{ readonly cert: string; readonly key: string }> {
  const pair = await generateKeyPair({ kind: 'rsa', size: 2048 });
  const certificate = await createCapfCertificate(createSigner(pair), {});
  return { cert: toPem('CERTIFICATE', certificate), key: exportPkcs8Pem(pair.privateKey) };
}
