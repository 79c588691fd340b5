import { listSessions, type Page, type SessionRecord } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { numberCursor } from '../cursor.js';
import { kindOfDevice } from '../device-name.js';
import { call, problems } from '../route-schema.js';
import { deviceParams } from '../schemas/device.js';
import { sessionPageSchema, sessionQuery, sessionsOfDeviceQuery } from '../schemas/session.js';
import type { AdminApiServices } from '../services.js';

const cursor = numberCursor('sessions');

export function sessionRoutes({ database }: AdminApiServices): FastifyPluginAsyncZod {
  return async (app) => {
    const list = call(
      'viewer',
      'sessions',
      'List sessions',
      'Of all devices, known or not; what was refused before it gave a name too. The newest first.',
    );
    app.get(
      '/sessions',
      {
        config: list.config,
        schema: {
          ...list.described,
          querystring: sessionQuery,
          response: { 200: sessionPageSchema, ...problems(400) },
        },
      },
      async (request) => {
        const { limit, cursor: before, ...filter } = request.query;
        return view(await listSessions(database, filter, limit, cursor.read(before)));
      },
    );

    const listOfDevice = call(
      'viewer',
      'sessions',
      'List the sessions of a device',
      'Also of a name that is no device: what came under it. The newest first.',
    );
    app.get(
      '/devices/:name/sessions',
      {
        config: listOfDevice.config,
        schema: {
          ...listOfDevice.described,
          params: deviceParams,
          querystring: sessionsOfDeviceQuery,
          response: { 200: sessionPageSchema, ...problems(400) },
        },
      },
      async (request) => {
        const { name: device } = request.params;
        kindOfDevice(device);
        const { limit, cursor: before } = request.query;
        return view(await listSessions(database, { device }, limit, cursor.read(before)));
      },
    );
  };
}

function view({ rows, next }: Page<SessionRecord, number>) {
  return { items: rows.map((session) => ({ ...session, steps: [...session.steps] })), nextCursor: cursor.write(next) };
}
