import { request } from 'node:https';
import type { HeldCertificate } from '@opencapf/phone';
import { exportPkcs8Pem, toPem } from '@opencapf/pki';

/** A server of files, and what it must hold. */
export interface HttpsPlace {
  readonly port: number;
  /** DER. */
  readonly server: Uint8Array;
}

/**
 * Fetches a file over HTTPS from a server that holds the one certificate that is trusted.
 *
 * @param shown - what the phone shows for itself
 * @returns undefined: not found
 */
export async function fetchOverHttps(
  { port, server }: HttpsPlace,
  file: string,
  shown?: HeldCertificate,
): Promise<Buffer | undefined> {
  return await new Promise((resolve, reject) => {
    const asking = request({
      ...{ host: '127.0.0.1', port, path: `/${file}`, agent: false, ca: toPem('CERTIFICATE', server) },
      checkServerIdentity: (_host, { raw }) => (raw.equals(server) ? undefined : new Error('another certificate')),
      ...(shown === undefined
        ? {}
        : { cert: toPem('CERTIFICATE', shown.certificate), key: exportPkcs8Pem(shown.key.privateKey) }),
    });
    asking.on('error', reject);
    asking.on('response', async (answer) => {
      try {
        const whole = Buffer.concat(await answer.toArray());
        if (answer.statusCode === 200) resolve(whole);
        else if (answer.statusCode === 404) resolve(undefined);
        else reject(new Error(`${file}: ${answer.statusCode}`));
      } catch (fault) {
        reject(fault);
      }
    });
    asking.end();
  });
}
