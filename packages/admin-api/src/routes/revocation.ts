import { readCertificateFacts, revokeCertificate } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { authorOf } from '../administrator.js';
import { certificateView } from '../certificate-view.js';
import { AdminApiError } from '../errors.js';
import { call, problems } from '../route-schema.js';
import { certificateParams, certificateSchema, revokeSchema } from '../schemas/certificate.js';
import type { AdminApiServices } from '../services.js';

export function revocationRoutes({ database }: AdminApiServices): FastifyPluginAsyncZod {
  return async (app) => {
    const revoke = call(
      'operator',
      'certificates',
      'Revoke a certificate',
      'For good, and at once for proofs and key sync. If the relation shows it, that falls back to the MIC on record, else to nothing.',
    );
    app.post(
      '/certificates/:id/revoke',
      {
        config: revoke.config,
        schema: {
          ...revoke.described,
          params: certificateParams,
          body: revokeSchema,
          response: { 200: certificateSchema, ...problems(400, 404, 409, 413, 415) },
        },
      },
      async (request) => {
        const { id } = request.params;
        const outcome = await revokeCertificate(database, id, request.body.reason, authorOf(request));
        const facts = outcome === 'unknown' ? undefined : await readCertificateFacts(database, id);
        if (facts === undefined) throw new AdminApiError('certificate-unknown', String(id));
        if (outcome === 'revokedBefore') {
          throw new AdminApiError('certificate-already-revoked', `${facts.revocationReason}`);
        }
        return certificateView(facts);
      },
    );
  };
}
