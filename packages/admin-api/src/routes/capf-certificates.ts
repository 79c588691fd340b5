import { readCertificate } from '@opencapf/pki';
import {
  activateCapfIdentity,
  type CapfIdentityFacts,
  type Database,
  discardCapfIdentity,
  listCapfIdentities,
} from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorOf } from '../administrator.js';
import { AdminApiError, type AdminApiErrorCode } from '../errors.js';
import { heldBack, isHeldBack } from '../held-back.js';
import { call, problems } from '../route-schema.js';
import {
  capfActivationSchema,
  capfCertificateListSchema,
  capfCertificateParams,
  capfCertificateSchema,
} from '../schemas/capf-certificate.js';
import type { AdminApiServices } from '../services.js';

const refusals = {
  unknown: 'capf-certificate-unknown',
  notStaged: 'capf-certificate-not-staged',
} as const satisfies Readonly<Record<string, AdminApiErrorCode>>;

/** The certificates for port 3804: the one that phones meet, those that are to follow, and those that were. */
export function capfCertificateRoutes({ database }: AdminApiServices): FastifyPluginAsyncZod {
  const viewOf = async (id: number) => capfCertificateView(await existingCapfCertificate(database, id));

  return async (app) => {
    const list = call(
      'viewer',
      'capf-certificates',
      'List the certificates for port 3804',
      'The one that phones meet, staged and retired ones; the newest first.',
    );
    app.get(
      '/capf-certificates',
      {
        config: list.config,
        schema: { ...list.described, response: { 200: capfCertificateListSchema, ...problems() } },
      },
      async () => ({ items: (await listCapfIdentities(database)).map(capfCertificateView) }),
    );

    const read = call('viewer', 'capf-certificates', 'Read a certificate for port 3804');
    app.get(
      '/capf-certificates/:id',
      {
        config: read.config,
        schema: {
          ...read.described,
          params: capfCertificateParams,
          response: { 200: capfCertificateSchema, ...problems(400, 404) },
        },
      },
      async (request) => await viewOf(request.params.id),
    );

    const activate = call(
      'administrator',
      'capf-certificates',
      'Let phones meet a staged certificate on port 3804',
      'From the next handshake on; the one before is retired in the same moment. A phone whose trust list does not hold it cannot reach the service: refused while devices that fetch their lists here have not fetched one that holds it; of devices that do not, it is to be confirmed.',
    );
    app.post(
      '/capf-certificates/:id/activate',
      {
        config: activate.config,
        schema: {
          ...activate.described,
          params: capfCertificateParams,
          body: capfActivationSchema,
          response: { 200: capfCertificateSchema, ...problems(400, 404, 409, 413, 415) },
        },
      },
      async (request) => {
        const { id } = request.params;
        const outcome = await activateCapfIdentity(database, id, request.body, authorOf(request));
        if (isHeldBack(outcome)) throw heldBack(outcome);
        if (outcome !== 'activated') throw new AdminApiError(refusals[outcome], String(id));
        return await viewOf(id);
      },
    );

    const remove = call('administrator', 'capf-certificates', 'Forget a staged certificate for port 3804');
    app.delete(
      '/capf-certificates/:id',
      {
        config: remove.config,
        schema: {
          ...remove.described,
          params: capfCertificateParams,
          response: { 204: z.undefined().describe('It is gone.'), ...problems(400, 404, 409) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const outcome = await discardCapfIdentity(database, id, authorOf(request));
        if (outcome !== 'discarded') throw new AdminApiError(refusals[outcome], String(id));
        return await reply.code(204).send();
      },
    );
  };
}

/** @throws AdminApiError `capf-certificate-unknown` */
export async function existingCapfCertificate(database: Database, id: number): Promise<CapfIdentityFacts> {
  const found = (await listCapfIdentities(database)).find((identity) => identity.id === id);
  if (found === undefined) throw new AdminApiError('capf-certificate-unknown', String(id));
  return found;
}

/** A certificate for port 3804 as the API shows it. */
export function capfCertificateView({
  certificate,
  chain,
  ...facts
}: CapfIdentityFacts): z.output<typeof capfCertificateSchema> {
  const { subject, issuer, notBefore, notAfter } = readCertificate(certificate);
  return { ...facts, subject, issuer, notBefore, notAfter, chain: chain.map((der) => readCertificate(der).subject) };
}
