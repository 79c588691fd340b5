import { type CertificateFacts, type CertificatePlace, listCertificates, type Page } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { certificateView } from '../certificate-view.js';
import { cursorOf } from '../cursor.js';
import { kindOfDevice } from '../device-name.js';
import { call, problems } from '../route-schema.js';
import { certificatePageSchema, certificateQuery, certificatesOfDeviceQuery } from '../schemas/certificate.js';
import { deviceParams } from '../schemas/device.js';
import type { AdminApiServices } from '../services.js';

const id = z.int().positive();
const cursor = cursorOf<CertificatePlace>(
  'certificates',
  z.union([z.strictObject({ notAfter: z.iso.datetime().transform((at) => new Date(at)), id }), z.strictObject({ id })]),
);

export function certificateListRoutes({ database }: AdminApiServices): FastifyPluginAsyncZod {
  return async (app) => {
    const list = call(
      'viewer',
      'certificates',
      'List certificates',
      'The newest first; with expiresBefore, the LSC that ends soonest first.',
    );
    app.get(
      '/certificates',
      {
        config: list.config,
        schema: {
          ...list.described,
          querystring: certificateQuery,
          response: { 200: certificatePageSchema, ...problems(400) },
        },
      },
      async (request) => {
        const { limit, cursor: after, ...filter } = request.query;
        return view(await listCertificates(database, filter, limit, cursor.read(after)));
      },
    );

    const listOfDevice = call(
      'viewer',
      'certificates',
      'List the certificates of a device',
      'Also of one that was deleted. The newest first.',
    );
    app.get(
      '/devices/:name/certificates',
      {
        config: listOfDevice.config,
        schema: {
          ...listOfDevice.described,
          params: deviceParams,
          querystring: certificatesOfDeviceQuery,
          response: { 200: certificatePageSchema, ...problems(400) },
        },
      },
      async (request) => {
        const { name: device } = request.params;
        kindOfDevice(device);
        const { limit, cursor: after } = request.query;
        return view(await listCertificates(database, { device }, limit, cursor.read(after)));
      },
    );
  };
}

function view({ rows, next }: Page<CertificateFacts, CertificatePlace>) {
  return { items: rows.map(certificateView), nextCursor: cursor.write(next) };
}
