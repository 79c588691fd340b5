import { listAudit } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { numberCursor } from '../cursor.js';
import { call, problems } from '../route-schema.js';
import { auditPageSchema, auditQuery } from '../schemas/audit.js';
import type { AdminApiServices } from '../services.js';

const cursor = numberCursor('audit');

export function auditRoutes({ database }: AdminApiServices): FastifyPluginAsyncZod {
  return async (app) => {
    const list = call('viewer', 'audit', 'List what was done', 'The newest first.');
    app.get(
      '/audit',
      {
        config: list.config,
        schema: { ...list.described, querystring: auditQuery, response: { 200: auditPageSchema, ...problems(400) } },
      },
      async (request) => {
        const { limit, cursor: before, ...filter } = request.query;
        const page = await listAudit(database, filter, limit, cursor.read(before));
        const items = page.rows.map((entry) => ({ ...entry, detail: { ...entry.detail } }));
        return { items, nextCursor: cursor.write(page.next) };
      },
    );
  };
}
