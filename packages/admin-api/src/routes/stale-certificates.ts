import { countStale, discardStale } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { authorOf } from '../administrator.js';
import { call, problems } from '../route-schema.js';
import { deleteStaleSchema, staleDeletedSchema } from '../schemas/certificate.js';
import type { AdminApiServices } from '../services.js';

export function staleCertificateRoutes({ database }: AdminApiServices): FastifyPluginAsyncZod {
  return async (app) => {
    const remove = call(
      'operator',
      'certificates',
      'Delete all stale LSCs',
      'Those that were issued, never installed, and that nothing waits for. They are revoked and out of view; serial and bytes stay on record.',
    );
    app.post(
      '/certificates/delete-stale',
      {
        config: remove.config,
        schema: {
          ...remove.described,
          body: deleteStaleSchema,
          response: { 200: staleDeletedSchema, ...problems(400, 413, 415) },
        },
      },
      async (request) => {
        const dryRun = request.body?.dryRun ?? false;
        const certificates = dryRun ? await countStale(database) : await discardStale(database, authorOf(request));
        return { certificates, dryRun };
      },
    );
  };
}
