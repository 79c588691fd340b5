import { type AdminApiServices, adminServerOptions, mountAdminApi } from '@opencapf/admin-api';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { TlsIdentity } from './admin-tls.js';
import type { Logger } from './log.js';

/** Whether phones can be served now: an empty list, or what is in the way, in words without secrets. */
export type Readiness = () => Promise<readonly string[]>;

/**
 * The admin HTTP server: the admin API, and health for whoever watches the service.
 *
 * `/healthz` says that the process lives, `/readyz` that phones can be served; both ask for no token.
 */
export async function makeAdminServer(
  tls: TlsIdentity | undefined,
  log: Logger,
  readiness: Readiness,
  services: AdminApiServices,
): Promise<FastifyInstance> {
  const options = {
    ...adminServerOptions,
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
  };
  const app: FastifyInstance =
    tls === undefined
      ? (Fastify(options) as unknown as FastifyInstance)
      : (Fastify({ ...options, https: { ...tls, minVersion: 'TLSv1.2' } }) as unknown as FastifyInstance);
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const problems = await readiness();
    return problems.length === 0 ? { status: 'ready' } : reply.code(503).send({ status: 'notReady', problems });
  });
  await mountAdminApi(app, services);
  return app;
}
