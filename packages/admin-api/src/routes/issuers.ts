import { readCertificate } from '@opencapf/pki';
import { acceptExpiredOf, type IssuerFacts, listIssuers, readIssuer } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { authorOf } from '../administrator.js';
import { numberCursor } from '../cursor.js';
import { AdminApiError } from '../errors.js';
import { call, problems } from '../route-schema.js';
import { issuerChangeSchema, issuerPageSchema, issuerParams, issuerQuery, issuerSchema } from '../schemas/issuer.js';
import type { AdminApiServices } from '../services.js';

const cursor = numberCursor('issuers');

export function issuerRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const { database } = services;
  const now = services.now ?? (() => new Date());
  const existing = async (id: number): Promise<IssuerFacts> => {
    const issuer = await readIssuer(database, id);
    if (issuer === undefined) throw new AdminApiError('issuer-unknown', String(id));
    return issuer;
  };

  return async (app) => {
    const list = call('viewer', 'issuers', 'List who signs or signed LSCs here', 'Retired ones too; the oldest first.');
    app.get(
      '/issuers',
      {
        config: list.config,
        schema: { ...list.described, querystring: issuerQuery, response: { 200: issuerPageSchema, ...problems(400) } },
      },
      async (request) => {
        const page = await listIssuers(database, request.query.limit, cursor.read(request.query.cursor));
        return { items: page.rows.map(view), nextCursor: cursor.write(page.next) };
      },
    );

    const read = call('viewer', 'issuers', 'Read an issuer');
    app.get(
      '/issuers/:id',
      {
        config: read.config,
        schema: { ...read.described, params: issuerParams, response: { 200: issuerSchema, ...problems(400, 404) } },
      },
      async (request) => view(await existing(request.params.id)),
    );

    const change = call(
      'administrator',
      'issuers',
      'Say until when expired LSCs of an issuer are accepted',
      'For phones that missed their renewal: they prove themselves by the expired LSC once more. Holds for the next phone.',
    );
    app.patch(
      '/issuers/:id',
      {
        config: change.config,
        schema: {
          ...change.described,
          params: issuerParams,
          body: issuerChangeSchema,
          response: { 200: issuerSchema, ...problems(400, 404, 413, 415) },
        },
      },
      async (request) => {
        const { id } = request.params;
        const { acceptExpiredUntil: until } = request.body;
        if (until !== null && until <= now()) throw new AdminApiError('accept-expired-past', until.toISOString());
        if (!(await acceptExpiredOf(database, id, until, authorOf(request)))) {
          throw new AdminApiError('issuer-unknown', String(id));
        }
        return view(await existing(id));
      },
    );
  };
}

function view({ certificate, ...issuer }: IssuerFacts): z.output<typeof issuerSchema> {
  const { subject, notBefore, notAfter } = certificate === null ? nothing : readCertificate(certificate);
  return { ...issuer, subject, notBefore, notAfter };
}

const nothing = { subject: null, notBefore: null, notAfter: null } as const;
