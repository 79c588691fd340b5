import { admitToTrustStore } from '@opencapf/enrollment';
import { longestTrustUpload } from '@opencapf/pki';
import {
  addTrustCertificates,
  allowExpiredUnder,
  listIssuerCertificates,
  listTrustCertificates,
  readTrustCertificate,
  removeTrustCertificate,
} from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorOf } from '../administrator.js';
import { certificateBody, chainUploads, formOf } from '../certificate-form.js';
import { cursorOf } from '../cursor.js';
import { AdminApiError } from '../errors.js';
import { call, problems } from '../route-schema.js';
import { uploadSchema } from '../schemas/certificate.js';
import {
  trustCertificatePageSchema,
  trustCertificateQuery,
  trustCertificateSchema,
  trustChangeSchema,
  trustParams,
  trustUploadedSchema,
  trustUploadQuery,
} from '../schemas/trust-certificate.js';
import type { AdminApiServices } from '../services.js';

const cursor = cursorOf('trust-certificates', z.string().regex(/^[0-9a-f]{64}$/));

export function trustCertificateRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const { database } = services;

  return async (app) => {
    await app.register(trustUploadRoute(services));

    const list = call('viewer', 'trust', 'List the CAPF trust store (CAPF-trust)', 'By SHA-256.');
    app.get(
      '/trust-certificates',
      {
        config: list.config,
        schema: {
          ...list.described,
          querystring: trustCertificateQuery,
          response: { 200: trustCertificatePageSchema, ...problems(400) },
        },
      },
      async (request) => {
        const { limit, cursor: after, purpose } = request.query;
        const page = await listTrustCertificates(database, purpose, limit, cursor.read(after));
        return { items: [...page.rows], nextCursor: cursor.write(page.next) };
      },
    );

    const read = call('viewer', 'trust', 'Read a certificate of the trust store');
    app.get(
      '/trust-certificates/:sha256',
      {
        config: read.config,
        schema: {
          ...read.described,
          params: trustParams,
          response: { 200: trustCertificateSchema, ...problems(400, 404) },
        },
      },
      async (request) => {
        const { sha256 } = request.params;
        return existing(await readTrustCertificate(database, sha256), sha256);
      },
    );

    const download = call('viewer', 'trust', 'Download a certificate of the trust store');
    app.get(
      '/trust-certificates/:sha256/certificate',
      {
        config: download.config,
        schema: {
          ...download.described,
          params: trustParams,
          response: { 200: certificateBody, ...problems(400, 404) },
        },
      },
      async (request, reply) => {
        const { sha256 } = request.params;
        const form = formOf(request, existing(await readTrustCertificate(database, sha256), sha256).der);
        return await reply.type(form.type).send(form.content);
      },
    );

    const change = call('administrator', 'trust', 'Accept expired certificates under this one, or no longer');
    app.patch(
      '/trust-certificates/:sha256',
      {
        config: change.config,
        schema: {
          ...change.described,
          params: trustParams,
          body: trustChangeSchema,
          response: { 200: trustCertificateSchema, ...problems(400, 404, 413, 415) },
        },
      },
      async (request) => {
        const { sha256 } = request.params;
        const { allowExpired } = request.body;
        return existing(await allowExpiredUnder(database, sha256, allowExpired, authorOf(request)), sha256);
      },
    );

    const remove = call(
      'administrator',
      'trust',
      'Delete a certificate of the trust store',
      'From this moment on it vouches for nobody.',
    );
    app.delete(
      '/trust-certificates/:sha256',
      {
        config: remove.config,
        schema: {
          ...remove.described,
          params: trustParams,
          response: { 204: z.undefined().describe('It is gone.'), ...problems(400, 404, 409) },
        },
      },
      async (request, reply) => {
        const { sha256 } = request.params;
        switch (await removeTrustCertificate(database, sha256, authorOf(request))) {
          case 'unknown':
            throw new AdminApiError('trust-certificate-unknown', sha256);
          case 'file':
            throw new AdminApiError('trust-certificate-is-file', sha256);
          case 'removed':
            return await reply.code(204).send();
        }
      },
    );
  };
}

/** A plugin of its own, since it alone takes other bodies than JSON. */
function trustUploadRoute({ database }: AdminApiServices): FastifyPluginAsyncZod {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser([...chainUploads], { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    const add = call(
      'administrator',
      'trust',
      'Upload to the CAPF trust store',
      'One certificate, PEM or DER, or several, PEM or PKCS#7; all are of CAs, or nothing is taken. What is there already stays.',
    );
    app.post(
      '/trust-certificates',
      {
        config: add.config,
        bodyLimit: longestTrustUpload,
        schema: {
          ...add.described,
          consumes: [...chainUploads],
          querystring: trustUploadQuery,
          body: uploadSchema.describe('PEM, DER or PKCS#7'),
          response: {
            200: trustUploadedSchema.describe('All of it was there.'),
            201: trustUploadedSchema.describe('Something of it is new.'),
            ...problems(400, 409, 413, 415, 422),
          },
        },
      },
      async (request, reply) => {
        const { purpose, allowExpired } = request.query;
        const admitted = admitToTrustStore(request.body, purpose, await listIssuerCertificates(database));
        const added = await addTrustCertificates(database, admitted, purpose, allowExpired, authorOf(request));
        if (added.outcome === 'otherPurpose') {
          const { subject, purpose: other } = added.certificate;
          throw new AdminApiError('trust-certificate-has-other-purpose', `${subject} as ${other}`);
        }
        return await reply.code(added.added > 0 ? 201 : 200).send({ items: [...added.certificates] });
      },
    );
  };
}

/** @throws AdminApiError `trust-certificate-unknown` */
function existing<Found>(found: Found | undefined, sha256: string): Found {
  if (found === undefined) throw new AdminApiError('trust-certificate-unknown', sha256);
  return found;
}
