import type { TrustAnchor } from '@opencapf/pki';
import {
  listIssuerCertificates,
  readCertificateFacts,
  readDevice,
  readShownCertificate,
  readTrustAnchors,
  recordCertificate,
} from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { authorOf } from '../administrator.js';
import { checkCertificateAtHand } from '../certificate-at-hand.js';
import { certificateBody, der, formOf, pem } from '../certificate-form.js';
import { certificateView } from '../certificate-view.js';
import { kindOfDevice } from '../device-name.js';
import { AdminApiError } from '../errors.js';
import { call, problems } from '../route-schema.js';
import { certificateSchema, recordCertificateQuery, uploadSchema } from '../schemas/certificate.js';
import { deviceParams } from '../schemas/device.js';
import type { AdminApiServices } from '../services.js';

const uploads = [pem, der, 'application/pem-certificate-chain', 'application/x-x509-user-cert'] as const;
const largestUpload = 128 * 1024;

export function certificateRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const { database, capfCertificate, minRsaKeySize } = services;
  const now = services.now ?? (() => new Date());
  const anchors = async (): Promise<readonly TrustAnchor[]> => {
    const [issuers, trusted] = await Promise.all([listIssuerCertificates(database), readTrustAnchors(database)]);
    return [
      ...issuers.map((issuer): TrustAnchor => ({ der: issuer, purpose: 'lscIssuer' })),
      ...trusted.map(
        ({ der: trustedDer, purpose, allowExpired }): TrustAnchor => ({
          der: trustedDer,
          purpose,
          acceptExpiredUntil: allowExpired ? 'forever' : undefined,
        }),
      ),
    ];
  };

  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser([...uploads], { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    const capf = call('viewer', 'certificates', 'The CAPF certificate', 'What phones meet on port 3804.');
    app.get(
      '/capf-certificate',
      { config: capf.config, schema: { ...capf.described, response: { 200: certificateBody, ...problems() } } },
      async (request, reply) => {
        const form = formOf(request, capfCertificate());
        return await reply.type(form.type).send(form.content);
      },
    );

    const get = call('viewer', 'certificates', 'The certificate of a device', 'The one whose hash the relation shows.');
    app.get(
      '/devices/:name/certificate',
      {
        config: get.config,
        schema: { ...get.described, params: deviceParams, response: { 200: certificateBody, ...problems(400, 404) } },
      },
      async (request, reply) => {
        const { name } = request.params;
        kindOfDevice(name);
        const shown = await readShownCertificate(database, name);
        if (shown === undefined) throw new AdminApiError('device-unknown', name);
        if (shown.der === null) throw new AdminApiError('certificate-none', name);
        const form = formOf(request, shown.der);
        return await reply.type(form.type).send(form.content);
      },
    );

    const put = call(
      'operator',
      'certificates',
      'Record a certificate of a device by hand',
      'For one that is at hand: verified as if the phone had shown it, then key and hashes are written.',
    );
    app.put(
      '/devices/:name/certificate',
      {
        config: put.config,
        bodyLimit: largestUpload,
        schema: {
          ...put.described,
          consumes: [...uploads],
          params: deviceParams,
          querystring: recordCertificateQuery,
          body: uploadSchema,
          response: { 200: certificateSchema, ...problems(400, 404, 409, 413, 415, 422) },
        },
      },
      async (request) => {
        const { name } = request.params;
        kindOfDevice(name);
        if ((await readDevice(database, name)) === undefined) throw new AdminApiError('device-unknown', name);
        const certificate = checkCertificateAtHand(request.body, {
          deviceName: name,
          anchors: await anchors(),
          force: request.query.force,
          type: request.query.type,
          minRsaKeySize,
          now: now(),
        });
        const recorded = await recordCertificate(database, name, certificate, authorOf(request));
        switch (recorded.outcome) {
          case 'deviceUnknown':
            throw new AdminApiError('device-unknown', name);
          case 'outOfUse':
            throw new AdminApiError('certificate-out-of-use', name);
          case 'keyOfAnother':
            throw new AdminApiError('certificate-key-of-another-device', recorded.other);
          case 'recorded': {
            const facts = await readCertificateFacts(database, recorded.certificate);
            if (facts === undefined) throw new TypeError(`certificate ${recorded.certificate} is not there`);
            return certificateView(facts);
          }
        }
      },
    );
  };
}
