import { listNodes } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { call, problems } from '../route-schema.js';
import { nodeListSchema } from '../schemas/node.js';
import type { AdminApiServices } from '../services.js';

export function nodeRoutes({ database }: AdminApiServices): FastifyPluginAsyncZod {
  return async (app) => {
    const list = call(
      'viewer',
      'nodes',
      'List the nodes',
      'Every service on this database that has not signed off, the oldest first.',
    );
    app.get(
      '/nodes',
      { config: list.config, schema: { ...list.described, response: { 200: nodeListSchema, ...problems() } } },
      async () => {
        const nodes = await listNodes(database);
        return { items: nodes.map((node) => ({ ...node, workers: [...node.workers] })) };
      },
    );
  };
}
