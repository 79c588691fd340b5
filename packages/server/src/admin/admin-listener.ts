import type { Server as HttpServer } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { type AdminApiServices, adminServerOptions, mountAdminApi, type ServiceWarning } from '@opencapf/admin-api';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Logger } from '../log.js';
import { descriptorLimit } from '../sockets/descriptor-table.js';
import { TlsExcess } from '../sockets/tls-excess.js';
import { adminLimits, boundAdminConnections } from './admin-connections.js';
import type { TlsIdentity } from './admin-tls.js';

/** How the service stands, in words without secrets. */
export interface Readiness {
  /** Whether phones can be served now: an empty list, or what is in the way. */
  problems(): Promise<readonly string[]>;
  /** What keeps no phone away, and somebody should look at. */
  warnings(): Promise<readonly ServiceWarning[]>;
}

/** An admin HTTP server that can show another certificate later. */
export interface AdminServer {
  readonly app: FastifyInstance;
  /** Shows another certificate from the next handshake on; nothing where it speaks no TLS. */
  useTls(tls: TlsIdentity | undefined): void;
}

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
): Promise<AdminServer> {
  const options = {
    ...adminServerOptions,
    connectionTimeout: limits.silenceMs,
    requestTimeout: limits.requestMs,
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
  };
  const http = { headersTimeout: limits.headersMs, connectionsCheckingInterval: limits.checkEveryMs };
  const shown = { minVersion: 'TLSv1.2', handshakeTimeout: limits.handshakeMs } as const;
  let context: SecureContextOptions = { ...tls, ...shown };
  const secured = { ...http, ...tls, ...shown };
  const app: FastifyInstance =
    tls === undefined
      ? (Fastify({ ...options, http }) as unknown as FastifyInstance)
      : (Fastify({ ...options, https: secured }) as unknown as FastifyInstance);
  const change = (changes: SecureContextOptions): void => {
    context = { ...context, ...changes };
    const server: HttpServer | HttpsServer = app.server;
    if (server instanceof HttpsServer) server.setSecureContext(context);
  };
  const excess = new TlsExcess(limits.tlsBytes, () => {
    change({ maxVersion: 'TLSv1.2' });
    log.warn(
      'a connection that only kept TLS busy was closed; until the next start the admin listener offers TLS 1.2 only',
    );
  });
  boundAdminConnections(app.server, limits, excess);
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const problems = await readiness.problems();
    if (problems.length > 0) return await reply.code(503).send({ status: 'notReady', problems });
    const warnings = await readiness.warnings();
    return { status: 'ready', ...(warnings.length === 0 ? {} : { warnings }) };
  });
  await mountAdminApi(app, services);
  return { app, useTls: (other) => change({ ...other }) };
}
