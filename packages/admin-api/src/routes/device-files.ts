import { listFetches, readDevice } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { kindOfDevice } from '../device-name.js';
import { AdminApiError } from '../errors.js';
import { call, problems } from '../route-schema.js';
import { deviceParams } from '../schemas/device.js';
import { deviceFilesSchema } from '../schemas/device-files.js';
import type { AdminApiServices } from '../services.js';

/** What a phone has fetched of its files. */
export function deviceFileRoutes({ database }: AdminApiServices): FastifyPluginAsyncZod {
  return async (app) => {
    const get = call(
      'viewer',
      'devices',
      'Read which versions of its files a phone fetched last',
      'Only of those that it has fetched to the end from OpenCAPF. Written down within seconds.',
    );
    app.get(
      '/devices/:name/files',
      {
        config: get.config,
        schema: { ...get.described, params: deviceParams, response: { 200: deviceFilesSchema, ...problems(400, 404) } },
      },
      async (request) => {
        const { name } = request.params;
        kindOfDevice(name);
        if ((await readDevice(database, name)) === undefined) throw new AdminApiError('device-unknown', name);
        return { items: [...(await listFetches(database, name))] };
      },
    );
  };
}
