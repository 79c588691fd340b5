import { countStale, discardStale } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { authorOf } from '../administrator.js';
import { call, problems } from '../route-schema.js';
import { deleteStaleSchema, staleDeletedSchema } from '../schemas/certificate.js';
import type { AdminApiServices } from '../services.js';

/** How many are deleted by one call: a few seconds' work. */
const mostAtOnce = 10_000;

export function staleCertificateRoutes({ database }: AdminApiServices): FastifyPluginAsyncZod {
  return async (app) => {
    const remove = call(
      'operator',
      'certificates',
      'Delete stale LSCs',
      'Those that were issued, never installed, and that nothing waits for. They are revoked and out of view; serial and bytes stay on record. Of very many, so many as a few seconds allow: call again while some are left.',
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
        const deleted = dryRun ? 0 : await discardStale(database, authorOf(request), mostAtOnce);
        return { deleted, left: await countStale(database) };
      },
    );
  };
}
