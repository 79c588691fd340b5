import { checkOperationRequest } from '@opencapf/enrollment';
import {
  cancelOperation,
  listAuthorityRequests,
  listOperations,
  type OperationRecord,
  type OperationStep,
  type PhoneStanding,
  queueOperation,
  readAuthenticationString,
  readOperation,
} from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { authorOf } from '../administrator.js';
import { authorityRequestViews } from '../authority-request-view.js';
import { numberCursor } from '../cursor.js';
import { kindOfDevice } from '../device-name.js';
import { AdminApiError } from '../errors.js';
import { readFileServing } from '../file-serving.js';
import { accept, judgeOperation } from '../judged-settings.js';
import { call, problems } from '../route-schema.js';
import { deviceParams } from '../schemas/device.js';
import {
  authenticationStringSchema,
  cancelSchema,
  newOperationSchema,
  operationPageSchema,
  operationParams,
  operationQuery,
  type operationSchema,
  operationWithHistorySchema,
  queuedOperationSchema,
} from '../schemas/operation.js';
import { forceQuery } from '../schemas/security-profile.js';
import type { AdminApiServices } from '../services.js';

const cursor = numberCursor('operations');

/** Each is for another key: more are made only when a phone lost its key again and again. */
const mostRequests = 20;

export function operationRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const {
    database,
    secretKey,
    operationExpiresInDays: expiresInDays,
    nullStringExpiresInHours,
    minRsaKeySize,
  } = services;
  const now = services.now ?? (() => new Date());
  const existing = async (id: number): Promise<OperationRecord & { readonly history: readonly OperationStep[] }> => {
    const operation = await readOperation(database, id);
    if (operation === undefined) throw new AdminApiError('operation-unknown', String(id));
    return operation;
  };

  const whole = async (id: number) => {
    const operation = await existing(id);
    const { rows } = await listAuthorityRequests(database, { operation: id }, mostRequests, undefined);
    const authorityRequests = [...(await authorityRequestViews(database, rows))];
    return { ...view(operation), history: [...operation.history], authorityRequests };
  };

  return async (app) => {
    const queue = call(
      'operator',
      'operations',
      'Queue an operation for a device',
      'The phone comes for it after a reset, which the device asks for from then on (resetRequired).',
    );
    app.post(
      '/devices/:name/operations',
      {
        config: queue.config,
        schema: {
          ...queue.described,
          params: deviceParams,
          querystring: forceQuery,
          body: newOperationSchema,
          response: { 201: queuedOperationSchema, ...problems(400, 404, 409, 413, 415) },
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        kindOfDevice(name);
        const { replace = false, ...input } = request.body;
        const serving = await readFileServing(database);
        const decide = (standing: PhoneStanding) => {
          const wanted = checkOperationRequest(input, {
            now: now(),
            expiresInDays,
            nullStringExpiresInHours,
            minRsaKeySize,
            profile: standing.profile ?? undefined,
          });
          // Delete and troubleshoot may be queued whatever is on record.
          const findings = judgeOperation(standing, serving, wanted).filter(
            ({ weight }) => wanted.kind === 'install' || weight === 'warning',
          );
          const warnings = accept(findings, { force: request.query.force === true });
          return { ...wanted, replace, warnings };
        };
        const queued = await queueOperation(database, secretKey, name, decide, authorOf(request));
        switch (queued.outcome) {
          case 'deviceUnknown':
            throw new AdminApiError('device-unknown', name);
          case 'alreadyOpen':
            throw new AdminApiError(
              'operation-already-open',
              queued.open === undefined ? undefined : `operation ${queued.open}`,
            );
          case 'queued': {
            const { history: _, ...operation } = await existing(queued.operation);
            const { stringGenerated, authenticationString, warnings } = queued.wanted;
            const shown = stringGenerated ? { authenticationString } : {};
            return await reply
              .code(201)
              .header('location', `/v1/operations/${queued.operation}`)
              .send({ ...view(operation), ...shown, warnings });
          }
        }
      },
    );

    const list = call('viewer', 'operations', 'List operations', 'The newest first.');
    app.get(
      '/operations',
      {
        config: list.config,
        schema: {
          ...list.described,
          querystring: operationQuery,
          response: { 200: operationPageSchema, ...problems(400) },
        },
      },
      async (request) => {
        const { limit, cursor: before, ...filter } = request.query;
        const page = await listOperations(database, filter, limit, cursor.read(before));
        return { items: page.rows.map(view), nextCursor: cursor.write(page.next) };
      },
    );

    const get = call(
      'viewer',
      'operations',
      'Read an operation with its history, and with what authorities were asked for it',
    );
    app.get(
      '/operations/:id',
      {
        config: get.config,
        schema: {
          ...get.described,
          params: operationParams,
          response: { 200: operationWithHistorySchema, ...problems(400, 404) },
        },
      },
      async (request) => await whole(request.params.id),
    );

    const show = call(
      'operator',
      'operations',
      'Read the authentication string of an operation',
      'For whoever enters it on the phone. It is erased when the operation ends. The audit says who read it.',
    );
    app.get(
      '/operations/:id/authentication-string',
      {
        config: show.config,
        schema: {
          ...show.described,
          params: operationParams,
          response: { 200: authenticationStringSchema, ...problems(400, 404) },
        },
      },
      async (request) => {
        const { id } = request.params;
        const authenticationString = await readAuthenticationString(database, secretKey, id, authorOf(request));
        if (authenticationString === undefined) {
          await existing(id);
          throw new AdminApiError('authentication-string-none', String(id));
        }
        return { authenticationString };
      },
    );

    const cancel = call(
      'operator',
      'operations',
      'Cancel an operation',
      'Its authentication string is erased; a session that works on it can record nothing more. The body may be left out.',
    );
    app.post(
      '/operations/:id/cancel',
      {
        config: cancel.config,
        schema: {
          ...cancel.described,
          params: operationParams,
          body: cancelSchema,
          response: { 200: operationWithHistorySchema, ...problems(400, 404, 409, 413, 415) },
        },
      },
      async (request) => {
        const { id } = request.params;
        const outcome = await cancelOperation(database, id, request.body?.reason, authorOf(request));
        switch (outcome) {
          case 'unknown':
            throw new AdminApiError('operation-unknown', String(id));
          case 'ended':
            throw new AdminApiError('operation-ended', String(id));
          case 'cancelled':
            return await whole(id);
        }
      },
    );
  };
}

function view({ kind, report, ...rest }: OperationRecord): z.output<typeof operationSchema> {
  const allowedNetworks = rest.allowedNetworks === null ? null : [...rest.allowedNetworks];
  return { ...rest, allowedNetworks, operation: kind, report: report === null ? null : { ...report } };
}
