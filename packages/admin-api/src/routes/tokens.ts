import { createToken, listTokens, revokeToken } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorOf } from '../administrator.js';
import { AdminApiError } from '../errors.js';
import { call, problems } from '../route-schema.js';
import { madeTokenSchema, newTokenSchema, tokenListSchema, tokenParams } from '../schemas/token.js';
import type { AdminApiServices } from '../services.js';

export function tokenRoutes({ database, secretKey, now = () => new Date() }: AdminApiServices): FastifyPluginAsyncZod {
  return async (app) => {
    const make = call('administrator', 'tokens', 'Make a token', 'It is shown in this answer and never again.');
    app.post(
      '/tokens',
      {
        config: make.config,
        schema: {
          ...make.described,
          body: newTokenSchema,
          response: { 201: madeTokenSchema, ...problems(400, 413, 415) },
        },
      },
      async (request, reply) => {
        const { expiresAt, ...wanted } = request.body;
        const ends = expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) };
        if (ends.expiresAt !== undefined && ends.expiresAt <= now()) {
          throw new AdminApiError('token-expiry-past', expiresAt);
        }
        const made = await database.transaction(
          async (queries) => await createToken(queries, secretKey, { ...wanted, ...ends }, authorOf(request)),
        );
        return await reply.code(201).send(made);
      },
    );

    const list = call(
      'administrator',
      'tokens',
      'List tokens',
      'Revoked and expired ones too; never the token itself.',
    );
    app.get(
      '/tokens',
      { config: list.config, schema: { ...list.described, response: { 200: tokenListSchema, ...problems() } } },
      async () => ({ items: [...(await listTokens(database))] }),
    );

    const revoke = call('administrator', 'tokens', 'Revoke a token', 'From this moment on.');
    app.delete(
      '/tokens/:id',
      {
        config: revoke.config,
        schema: {
          ...revoke.described,
          params: tokenParams,
          response: { 204: z.undefined().describe('It is revoked.'), ...problems(400, 404) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        if (!(await revokeToken(database, id, authorOf(request))))
          throw new AdminApiError('token-not-found', String(id));
        return await reply.code(204).send();
      },
    );
  };
}
