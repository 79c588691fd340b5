import { pkcs7Bundle, readCertificate, sha256Hex, toPem } from '@opencapf/pki';
import { readTrustBundle, type TrustBundleEntry } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { pem } from '../certificate-form.js';
import { call, problems } from '../route-schema.js';
import { derSchema, pemSchema } from '../schemas/certificate.js';
import type { AdminApiServices } from '../services.js';

const pkcs7 = 'application/pkcs7-mime';

export function trustBundleRoutes({ database }: AdminApiServices): FastifyPluginAsyncZod {
  return async (app) => {
    const get = call(
      'viewer',
      'trust',
      'Whom call control, RADIUS, VPN gateways and SRST are to trust',
      'Every authority that signs LSCs, is to sign them (staged) or did (retired), and every CAPF certificate, each with the certificates above it.',
    );
    app.get(
      '/trust-bundle',
      {
        config: get.config,
        schema: {
          ...get.described,
          response: {
            200: {
              description: `PEM, a line before each certificate that says what it is, unless ${pkcs7} is asked for.`,
              content: { [pem]: { schema: pemSchema }, [pkcs7]: { schema: derSchema } },
            },
            ...problems(),
          },
        },
      },
      async (request, reply) => {
        const bundle = certificatesOf(await readTrustBundle(database));
        const asked = (request.headers.accept ?? '').toLowerCase();
        if (asked.includes(pkcs7) && !asked.includes(pem)) {
          const message = pkcs7Bundle(bundle.map(({ der }) => der));
          return await reply.type(`${pkcs7}; smime-type=certs-only`).send(Buffer.from(message));
        }
        const blocks = bundle.map(({ der, remark }) => `# ${remark}\n${toPem('CERTIFICATE', der)}`);
        return await reply.type(pem).send(blocks.join(''));
      },
    );
  };
}

interface BundledCertificate {
  readonly der: Uint8Array;
  /** What it is, in one line. */
  readonly remark: string;
}

/** Each certificate once, however many need it. */
function certificatesOf(entries: readonly TrustBundleEntry[]): readonly BundledCertificate[] {
  const found = new Map<string, BundledCertificate>();
  for (const { role, name, state, certificate, chain } of entries) {
    const of = role === 'capf' ? `CAPF certificate ${name}` : `authority ${name}`;
    for (const [height, der] of [certificate, ...chain].entries()) {
      const what = height === 0 ? `${of}, ${state}` : `above ${of}`;
      const remark = `${what}: ${readCertificate(der).subject}`.replaceAll(/[\p{Cc}\p{Cs}]/gu, '?');
      const known = found.get(sha256Hex(der));
      found.set(sha256Hex(der), known === undefined ? { der, remark } : { der, remark: `${known.remark}; ${what}` });
    }
  }
  return [...found.values()];
}
