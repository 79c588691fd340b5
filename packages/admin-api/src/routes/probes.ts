import { cancelProbe, type ProbeRecord, queueProbe, readDevice, readProbe } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorOf } from '../administrator.js';
import { AdminApiError } from '../errors.js';
import { call, problems } from '../route-schema.js';
import { deviceParams } from '../schemas/device.js';
import { newProbeSchema, probeSchema } from '../schemas/probe.js';
import type { AdminApiServices } from '../services.js';

const hour = 3_600_000;

export function probeRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const { database } = services;
  const now = services.now ?? (() => new Date());
  const newest = async (name: string): Promise<z.infer<typeof probeSchema>> => {
    const probe = await readProbe(database, name);
    if (probe === undefined) throw new AdminApiError('probe-none', name);
    return view(name, probe, now());
  };

  return async (app) => {
    const queue = call(
      'administrator',
      'probes',
      'Let a provisional exchange be tried with a device',
      "In the device's next session, before whatever is queued for it, once. What is on record does not change. One that waits is replaced.",
    );
    app.post(
      '/devices/:name/probe',
      {
        config: queue.config,
        schema: {
          ...queue.described,
          params: deviceParams,
          body: newProbeSchema,
          response: { 201: probeSchema, ...problems(400, 404, 409, 413, 415) },
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        const { exchange, consent, firmware, expiresInHours } = request.body;
        if (consent !== name) throw new AdminApiError('probe-consent-missing', name);
        const device = await readDevice(database, name);
        const model = request.body.model ?? device?.model ?? undefined;
        const at = now();
        const expiresAt = new Date(at.getTime() + expiresInHours * hour);
        const wanted = { exchange, model, firmware, expiresAt };
        const queued = await queueProbe(database, name, wanted, at, authorOf(request));
        if (queued === undefined) throw new AdminApiError('device-unknown', name);
        return await reply.code(201).send(await newest(name));
      },
    );

    const read = call(
      'administrator',
      'probes',
      'Read the newest probe of a device',
      'With its evidence when it is done.',
    );
    app.get(
      '/devices/:name/probe',
      {
        config: read.config,
        schema: { ...read.described, params: deviceParams, response: { 200: probeSchema, ...problems(400, 404) } },
      },
      async (request) => await newest(request.params.name),
    );

    const cancel = call('administrator', 'probes', 'Take back a probe that waits');
    app.delete(
      '/devices/:name/probe',
      {
        config: cancel.config,
        schema: {
          ...cancel.described,
          params: deviceParams,
          response: { 204: z.undefined().describe('It is taken back.'), ...problems(400, 404) },
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        if (!(await cancelProbe(database, name, now(), authorOf(request)))) throw new AdminApiError('probe-none', name);
        return await reply.code(204).send();
      },
    );
  };
}

function view(device: string, probe: ProbeRecord, now: Date): z.infer<typeof probeSchema> {
  const { id, exchange, state, createdBy, createdAt, expiresAt, endedAt, reason, evidence } = probe;
  return {
    ...{ id, device, exchange, createdBy },
    state: state === 'pending' && expiresAt <= now ? 'expired' : state,
    ...{ createdAt, expiresAt, endedAt: endedAt ?? null, reason: reason ?? null },
    evidence: evidence ?? null,
  };
}
