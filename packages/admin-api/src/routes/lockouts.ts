import { clearLockouts, listLockouts } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorOf } from '../administrator.js';
import { numberCursor } from '../cursor.js';
import { AdminApiError } from '../errors.js';
import { call, problems } from '../route-schema.js';
import {
  clearedSchema,
  clearLockoutsQuery,
  lockoutPageSchema,
  lockoutParams,
  lockoutQuery,
} from '../schemas/lockout.js';
import type { AdminApiServices } from '../services.js';

const cursor = numberCursor('lockouts');

export function lockoutRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const { database } = services;
  const now = services.now ?? (() => new Date());

  return async (app) => {
    const list = call(
      'viewer',
      'lockouts',
      'List who is refused for guessing authentication strings',
      'Addresses, for one device or for all; the newest first. Proofs by certificate and null strings are never refused for it.',
    );
    app.get(
      '/lockouts',
      {
        config: list.config,
        schema: {
          ...list.described,
          querystring: lockoutQuery,
          response: { 200: lockoutPageSchema, ...problems(400) },
        },
      },
      async (request) => {
        const { limit, cursor: before, ...filter } = request.query;
        const page = await listLockouts(database, filter, now(), limit, cursor.read(before));
        return { items: [...page.rows], nextCursor: cursor.write(page.next) };
      },
    );

    const clear = call(
      'operator',
      'lockouts',
      'Let somebody in again',
      'The wrong strings that led to it are forgotten.',
    );
    app.delete(
      '/lockouts/:id',
      {
        config: clear.config,
        schema: {
          ...clear.described,
          params: lockoutParams,
          response: { 204: z.undefined().describe('It is cleared.'), ...problems(400, 404) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        if ((await clearLockouts(database, id, now(), authorOf(request))) === 0) {
          throw new AdminApiError('lockout-unknown', String(id));
        }
        return await reply.code(204).send();
      },
    );

    const clearAll = call(
      'operator',
      'lockouts',
      'Let everybody in again whom the filters mean',
      'Without filters: all.',
    );
    app.delete(
      '/lockouts',
      {
        config: clearAll.config,
        schema: {
          ...clearAll.described,
          querystring: clearLockoutsQuery,
          response: { 200: clearedSchema, ...problems(400) },
        },
      },
      async (request) => ({ cleared: await clearLockouts(database, request.query, now(), authorOf(request)) }),
    );
  };
}
