import { type AdminApiServices, adminServerOptions, mountAdminApi } from '@opencapf/admin-api';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { adminLimits, boundAdminConnections } from './admin-connections.js';
import type { TlsIdentity } from './admin-tls.js';
import { descriptorLimit } from './descriptor-table.js';
import type { Logger } from './log.js';

/** Whether phones can be served now: an empty list, or what is in the way, in words without secrets. */
export type Readiness = () => Promise<readonly string[]>;

/**
 * The admin HTTP server: the admin API, and health for whoever watches the service.
 *
 * Who is slow is closed, and of connections only so many are held, so that strangers keep no administrator out.
 *
 * `/healthz` says that the process lives, `/readyz` that phones can be served; both ask for no token.
 */
export async function makeAdminServer(
  tls: TlsIdentity | undefined,
  log: Logger,
  readiness: Readiness,
  services: AdminApiServices,
  limits = adminLimits(descriptorLimit()),
): Promise<FastifyInstance> {
  const options = {
    ...adminServerOptions,
    connectionTimeout: limits.silenceMs,
    requestTimeout: limits.requestMs,
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
  };
  const http = { headersTimeout: limits.headersMs, connectionsCheckingInterval: limits.checkEveryMs };
  const secured = { ...http, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: limits.handshakeMs } as const;
  const app: FastifyInstance =
    tls === undefined
      ? (Fastify({ ...options, http }) as unknown as FastifyInstance)
      : (Fastify({ ...options, https: secured }) as unknown as FastifyInstance);
  boundAdminConnections(app.server, limits.connections);
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const problems = await readiness();
    return problems.length === 0 ? { status: 'ready' } : reply.code(503).send({ status: 'notReady', problems });
  });
  await mountAdminApi(app, services);
  return app;
}
