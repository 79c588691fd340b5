import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { requireAdministrator } from './administrator.js';
import { AdminApiError } from './errors.js';
import { answerFault } from './fault-answer.js';
import { describeApi } from './openapi.js';
import { Refusals } from './refusals.js';
import { auditRoutes } from './routes/audit.js';
import { authorityRoutes } from './routes/authorities.js';
import { authorityCertificateRoutes } from './routes/authority-certificates.js';
import { authorityMakingRoutes } from './routes/authority-making.js';
import { authorityRequestRoutes } from './routes/authority-requests.js';
import { authorityStateRoutes } from './routes/authority-states.js';
import { capfCertificateMakingRoutes } from './routes/capf-certificate-making.js';
import { capfCertificateRoutes } from './routes/capf-certificates.js';
import { certificateListRoutes } from './routes/certificate-list.js';
import { certificateRoutes } from './routes/certificates.js';
import { configurationTemplateRoutes } from './routes/configuration-templates.js';
import { configurationRoutes } from './routes/configurations.js';
import { deviceFileRoutes } from './routes/device-files.js';
import { deviceRoutes } from './routes/devices.js';
import { fileSignerRoutes } from './routes/file-signers.js';
import { lockoutRoutes } from './routes/lockouts.js';
import { metricsRoute } from './routes/metrics.js';
import { nodeRoutes } from './routes/nodes.js';
import { offlineExchangeRoutes } from './routes/offline-exchange.js';
import { operationRoutes } from './routes/operations.js';
import { probeRoutes } from './routes/probes.js';
import { revocationRoutes } from './routes/revocation.js';
import { securityProfileRoutes } from './routes/security-profiles.js';
import { sessionRoutes } from './routes/sessions.js';
import { staleCertificateRoutes } from './routes/stale-certificates.js';
import { symmetricKeyRoutes } from './routes/symmetric-keys.js';
import { tokenRoutes } from './routes/tokens.js';
import { trustBundleRoutes } from './routes/trust-bundle.js';
import { trustCertificateRoutes } from './routes/trust-certificates.js';
import { trustListRoutes } from './routes/trust-lists.js';
import type { AdminApiServices } from './services.js';

/** Mounts the admin API on a server: every call below `/v1`, `/openapi.json`, and problem documents for all errors. */
export async function mountAdminApi(app: FastifyInstance, services: AdminApiServices): Promise<void> {
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerFault);
  app.setNotFoundHandler((request, reply) => {
    answerFault(new AdminApiError('route-unknown', `${request.method} ${request.url.split('?')[0]}`), request, reply);
  });
  app.decorateRequest('administrator', undefined);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    // A browser would keep it for every service of the same host name, and this one may speak plain HTTP.
    strictTransportSecurity: false,
  });
  await describeApi(app, services.version);
  const refusals = new Refusals(services);
  await app.register(metricsRoute(services, refusals));
  await app.register(
    async (v1) => {
      v1.removeContentTypeParser('text/plain');
      refusals.watch(v1);
      v1.setErrorHandler(async (fault, request, reply) => {
        await refusals.call(request, fault);
        answerFault(fault, request, reply);
        return await reply;
      });
      v1.addHook('onRoute', ({ method, url, config }) => {
        if (config?.role === undefined)
          throw new TypeError(`${String(method)} ${url} does not say whose role may call it`);
      });
      v1.addHook('onRequest', requireAdministrator(services, refusals));
      v1.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store');
        ignoreTypeOfNothing(request);
      });
      v1.addHook('onSend', async ({ method }, { statusCode }) => {
        const isRefused = statusCode >= 400 && statusCode < 500;
        if (method !== 'GET' && method !== 'HEAD' && !isRefused) services.filesMayHaveChanged?.();
      });
      await v1.register(deviceRoutes(services));
      await v1.register(deviceFileRoutes(services));
      await v1.register(operationRoutes(services));
      await v1.register(probeRoutes(services));
      await v1.register(certificateRoutes(services));
      await v1.register(certificateListRoutes(services));
      await v1.register(revocationRoutes(services));
      await v1.register(staleCertificateRoutes(services));
      await v1.register(trustCertificateRoutes(services));
      await v1.register(authorityRoutes(services));
      await v1.register(authorityMakingRoutes(services));
      await v1.register(authorityStateRoutes(services));
      await v1.register(authorityCertificateRoutes(services));
      await v1.register(authorityRequestRoutes(services));
      await v1.register(offlineExchangeRoutes(services));
      await v1.register(capfCertificateRoutes(services));
      await v1.register(capfCertificateMakingRoutes(services));
      await v1.register(trustBundleRoutes(services));
      await v1.register(trustListRoutes(services));
      await v1.register(fileSignerRoutes(services));
      await v1.register(securityProfileRoutes(services));
      await v1.register(configurationRoutes(services));
      await v1.register(configurationTemplateRoutes(services));
      await v1.register(symmetricKeyRoutes(services));
      await v1.register(sessionRoutes(services));
      await v1.register(lockoutRoutes(services));
      await v1.register(auditRoutes(services));
      await v1.register(tokenRoutes(services));
      await v1.register(nodeRoutes(services));
    },
    { prefix: '/v1' },
  );
}

/** Scripts send one content type with all their calls; without a body it says nothing, and is no reason to refuse one. */
function ignoreTypeOfNothing({ raw: { headers } }: FastifyRequest): void {
  const length = headers['content-length'];
  if ((length === undefined || length === '0') && headers['transfer-encoding'] === undefined) {
    delete headers['content-type'];
  }
}
