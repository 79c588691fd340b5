import type { FastifyInstance } from 'fastify';
import { requireAdministrator } from '../administrator.js';
import { answerFault } from '../fault-answer.js';
import { Metrics } from '../metrics.js';
import type { Refusals } from '../refusals.js';
import type { AdminApiServices } from '../services.js';

/** `/metrics` for Prometheus, which is no part of the described API. */
export function metricsRoute(services: AdminApiServices, refusals: Refusals) {
  const metrics = new Metrics(services);
  return async (app: FastifyInstance): Promise<void> => {
    if (services.metricsToken !== false) {
      app.addHook('onRequest', requireAdministrator(services, refusals));
      app.setErrorHandler(async (fault, request, reply) => {
        await refusals.call(request, fault);
        answerFault(fault, request, reply);
        return await reply;
      });
    }
    app.get('/metrics', { config: { role: 'viewer' }, schema: { hide: true } }, async (_request, reply) => {
      return await reply
        .header('cache-control', 'no-store')
        .type(Metrics.contentType)
        .send(await metrics.read());
    });
  };
}
