import { toPem } from '@opencapf/pki';
import { type AuthorityRequestFacts, hastenRequests, listAuthorityRequests } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { authorOf } from '../administrator.js';
import { authorityRequestViews } from '../authority-request-view.js';
import { certificationRequestBody, pem, requestFormOf } from '../certificate-form.js';
import { numberCursor } from '../cursor.js';
import { AdminApiError } from '../errors.js';
import { call, problems } from '../route-schema.js';
import {
  authorityRequestPageSchema,
  authorityRequestParams,
  authorityRequestQuery,
  authorityRequestSchema,
} from '../schemas/authority-request.js';
import { pemSchema } from '../schemas/certificate.js';
import type { AdminApiServices } from '../services.js';
import { existingAuthority } from './authorities.js';

const cursor = numberCursor('authority-requests');

/** What authorities elsewhere are asked for, and what becomes of it. */
export function authorityRequestRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const { database } = services;
  const existing = async (id: number): Promise<AuthorityRequestFacts> => {
    const { rows } = await listAuthorityRequests(database, { certificate: id }, 1, undefined);
    const [found] = rows;
    if (found === undefined) throw new AdminApiError('authority-request-unknown', String(id));
    return found;
  };
  const viewOf = async (id: number) => {
    const [shown] = await authorityRequestViews(database, [await existing(id)]);
    if (shown === undefined) throw new TypeError('a request that was read is not shown');
    return shown;
  };

  return async (app) => {
    const list = call(
      'viewer',
      'authorities',
      'List what authorities elsewhere are asked for',
      'The newest first; with the reason in words why it is not there yet, and when it is tried next.',
    );
    app.get(
      '/authority-requests',
      {
        config: list.config,
        schema: {
          ...list.described,
          querystring: authorityRequestQuery,
          response: { 200: authorityRequestPageSchema, ...problems(400, 404) },
        },
      },
      async (request) => {
        const { limit, cursor: before, authority, ...filter } = request.query;
        const issuer = authority === undefined ? undefined : (await existingAuthority(services, whichOf(authority))).id;
        const page = await listAuthorityRequests(database, { ...filter, issuer }, limit, cursor.read(before));
        return { items: [...(await authorityRequestViews(database, page.rows))], nextCursor: cursor.write(page.next) };
      },
    );

    const read = call('viewer', 'authorities', 'Read a request to an authority');
    app.get(
      '/authority-requests/:id',
      {
        config: read.config,
        schema: {
          ...read.described,
          params: authorityRequestParams,
          response: { 200: authorityRequestSchema, ...problems(400, 404) },
        },
      },
      async (request) => await viewOf(request.params.id),
    );

    const retry = call(
      'operator',
      'authorities',
      'Try a request to an authority now',
      'Also while the authority seems to be away. Nothing changes for one that a node is at work on.',
    );
    app.post(
      '/authority-requests/:id/retry',
      {
        config: retry.config,
        schema: {
          ...retry.described,
          params: authorityRequestParams,
          response: { 200: authorityRequestSchema, ...problems(400, 404, 409) },
        },
      },
      async (request) => {
        const { id } = request.params;
        const { endedAt } = await existing(id);
        if (endedAt !== null) throw new AdminApiError('authority-request-ended', String(id));
        await hastenRequests(database, { certificate: id }, authorOf(request));
        return await viewOf(id);
      },
    );

    const publicKey = call(
      'viewer',
      'authorities',
      'The bare public key that a certificate is wanted for',
      'For CAs that take no PKCS#10 without a signature: openssl x509 -new -force_pubkey issues for it.',
    );
    app.get(
      '/authority-requests/:id/public-key',
      {
        config: publicKey.config,
        schema: {
          ...publicKey.described,
          params: authorityRequestParams,
          response: {
            200: { description: 'PEM, SubjectPublicKeyInfo', content: { [pem]: { schema: pemSchema } } },
            ...problems(400, 404),
          },
        },
      },
      async (request, reply) =>
        await reply.type(pem).send(toPem('PUBLIC KEY', (await existing(request.params.id)).publicKey)),
    );

    const download = call(
      'viewer',
      'authorities',
      'Download the PKCS#10 of a request to an offline authority',
      'Without a proof of possession it has the no-signature mechanism of RFC 5272, C.1.',
    );
    app.get(
      '/authority-requests/:id/certification-request',
      {
        config: download.config,
        schema: {
          ...download.described,
          params: authorityRequestParams,
          response: { 200: certificationRequestBody, ...problems(400, 404, 409) },
        },
      },
      async (request, reply) => {
        const found = await existing(request.params.id);
        const { kind, name } = await existingAuthority(services, found.issuer);
        if (kind !== 'offline') throw new AdminApiError('authority-not-offline', name);
        const form = requestFormOf(request, found.request);
        return await reply.type(form.type).send(form.content);
      },
    );
  };
}

/** A number or a name, as a query gives it. */
function whichOf(text: string): number | string {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}
