import { activateIssuer, discardIssuer, makeDefaultIssuer, retireIssuer } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorOf } from '../administrator.js';
import { AdminApiError, type AdminApiErrorCode } from '../errors.js';
import { heldBack, isHeldBack } from '../held-back.js';
import { call, problems } from '../route-schema.js';
import { authorityActivationSchema, authorityParams, authoritySchema } from '../schemas/authority.js';
import type { AdminApiServices } from '../services.js';
import { existingAuthority, viewOf } from './authorities.js';

/** Why an authority stays in the state that it is in. */
const refusals = {
  unknown: 'authority-unknown',
  notStaged: 'authority-not-staged',
  notActive: 'authority-not-active',
  noCertificate: 'authority-without-certificate',
  isDefault: 'authority-is-default',
  isLast: 'authority-is-last',
  inUse: 'authority-of-devices',
  hasRequests: 'authority-has-requests',
} as const satisfies Readonly<Record<string, AdminApiErrorCode>>;

/** From *staged* to *active* to *retired*, and who is the default. */
export function authorityStateRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const { database } = services;

  return async (app) => {
    const activate = call(
      'administrator',
      'authorities',
      'Let a staged authority sign LSCs',
      'From the next phone on. Whoever verifies LSCs must trust it by then, which is to be confirmed. One that is a CAPF certificate too is refused while devices that fetch their trust lists here have not fetched one that holds it.',
    );
    app.post(
      '/authorities/:authority/activate',
      {
        config: activate.config,
        schema: {
          ...activate.described,
          params: authorityParams,
          body: authorityActivationSchema,
          response: { 200: authoritySchema, ...problems(400, 404, 409, 413, 415) },
        },
      },
      async (request) => {
        const { id, name } = await existingAuthority(services, request.params.authority);
        const outcome = await activateIssuer(database, id, request.body, authorOf(request));
        if (isHeldBack(outcome)) throw heldBack(outcome);
        if (outcome !== 'activated') throw new AdminApiError(refusals[outcome], name);
        return await viewOf(services, id);
      },
    );

    const makeDefault = call(
      'administrator',
      'authorities',
      'Let an active authority sign for devices that ask for no other',
      'From the next phone on; the one before stays active.',
    );
    app.post(
      '/authorities/:authority/default',
      {
        config: makeDefault.config,
        schema: {
          ...makeDefault.described,
          params: authorityParams,
          response: { 200: authoritySchema, ...problems(400, 404, 409) },
        },
      },
      async (request) => {
        const { id, name } = await existingAuthority(services, request.params.authority);
        const outcome = await makeDefaultIssuer(database, id, authorOf(request));
        if (outcome !== 'changed') throw new AdminApiError(refusals[outcome], name);
        return await viewOf(services, id);
      },
    );

    const retire = call(
      'administrator',
      'authorities',
      'Let an active authority sign nothing any more, for good',
      'LSCs that it signed go on proving identity, and it stays in the trust bundle.',
    );
    app.post(
      '/authorities/:authority/retire',
      {
        config: retire.config,
        schema: {
          ...retire.described,
          params: authorityParams,
          response: { 200: authoritySchema, ...problems(400, 404, 409) },
        },
      },
      async (request) => {
        const { id, name } = await existingAuthority(services, request.params.authority);
        const outcome = await retireIssuer(database, id, authorOf(request));
        if (outcome !== 'retired') throw new AdminApiError(refusals[outcome], name);
        return await viewOf(services, id);
      },
    );

    const remove = call(
      'administrator',
      'authorities',
      'Forget a staged authority',
      'One that was active is retired instead: its LSCs are verified by it.',
    );
    app.delete(
      '/authorities/:authority',
      {
        config: remove.config,
        schema: {
          ...remove.described,
          params: authorityParams,
          response: { 204: z.undefined().describe('It is gone.'), ...problems(400, 404, 409) },
        },
      },
      async (request, reply) => {
        const { id, name } = await existingAuthority(services, request.params.authority);
        const outcome = await discardIssuer(database, id, authorOf(request));
        if (outcome !== 'discarded') throw new AdminApiError(refusals[outcome], name);
        return await reply.code(204).send();
      },
    );
  };
}
