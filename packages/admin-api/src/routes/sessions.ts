import { listSessions } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { numberCursor } from '../cursor.js';
import { kindOfDevice } from '../device-name.js';
import { call, problems } from '../route-schema.js';
import { deviceParams } from '../schemas/device.js';
import { sessionPageSchema, sessionQuery } from '../schemas/session.js';
import type { AdminApiServices } from '../services.js';

const cursor = numberCursor('sessions');

export function sessionRoutes({ database }: AdminApiServices): FastifyPluginAsyncZod {
  return async (app) => {
    const list = call(
      'viewer',
      'sessions',
      'List the sessions of a device',
      'Also of a name that is no device: what came under it. The newest first.',
    );
    app.get(
      '/devices/:name/sessions',
      {
        config: list.config,
        schema: {
          ...list.described,
          params: deviceParams,
          querystring: sessionQuery,
          response: { 200: sessionPageSchema, ...problems(400) },
        },
      },
      async (request) => {
        const { name } = request.params;
        kindOfDevice(name);
        const page = await listSessions(database, name, request.query.limit, cursor.read(request.query.cursor));
        const items = page.rows.map((session) => ({ ...session, steps: [...session.steps] }));
        return { items, nextCursor: cursor.write(page.next) };
      },
    );
  };
}
