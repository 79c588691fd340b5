import { longestTrustUpload } from '@opencapf/pki';
import {
  type CapfIdentityFacts,
  readCapfKey,
  recordAudit,
  replaceCapfCertificate,
  type SigningKey,
  stageCapfIdentity,
} from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { authorOf } from '../administrator.js';
import { chainOfKey, requestOfKey } from '../ca-exchange.js';
import { certificationRequestBody, chainUploads, requestFormOf } from '../certificate-form.js';
import { AdminApiError, type AdminApiErrorCode } from '../errors.js';
import { newCapfCertificate } from '../new-capf-certificate.js';
import { call, problems } from '../route-schema.js';
import { newCapfCertificateSchema, takenCapfChainSchema } from '../schemas/ca-exchange.js';
import { capfCertificateParams } from '../schemas/capf-certificate.js';
import { uploadSchema } from '../schemas/certificate.js';
import type { AdminApiServices } from '../services.js';
import { listChanges } from '../trust-list-changes.js';
import { capfCertificateView, existingCapfCertificate } from './capf-certificates.js';

const refusals = {
  unknown: 'capf-certificate-unknown',
  notStaged: 'capf-certificate-not-staged',
  known: 'capf-certificate-known',
  keyKeptElsewhere: 'key-kept-elsewhere',
} as const satisfies Readonly<Record<string, AdminApiErrorCode>>;

/** New certificates for port 3804: self-signed, from a key file, or signed by a CA of the site. */
export function capfCertificateMakingRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const { database, secretKey } = services;
  const viewOf = async (id: number) => capfCertificateView(await existingCapfCertificate(database, id));

  return async (app) => {
    await app.register(capfChainRoutes(services));

    const create = call(
      'administrator',
      'capf-certificates',
      'Stage a new certificate for port 3804',
      'RSA, which phones need that meet it by RSA key exchange. It is in the trust bundle, and no phone meets it before it is activated.',
    );
    app.post(
      '/capf-certificates',
      {
        config: create.config,
        schema: {
          ...create.described,
          body: newCapfCertificateSchema,
          response: { 201: takenCapfChainSchema, ...problems(400, 409, 413, 415, 422) },
        },
      },
      async (request, reply) => {
        const { signing, key, warnings } = await newCapfCertificate(request.body, services);
        const staged = await stageCapfIdentity(await listChanges(services), secretKey, signing, key, authorOf(request));
        if (staged.outcome !== 'staged') throw new AdminApiError(refusals[staged.outcome]);
        return await reply.code(201).send({ capfCertificate: await viewOf(staged.id), warnings: [...warnings] });
      },
    );
  };
}

/** A plugin of its own, since it alone takes other bodies than JSON. */
function capfChainRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const { database, secretKey, lscValidityDays, now = () => new Date() } = services;
  const staged = async (id: number): Promise<CapfIdentityFacts> => {
    const found = await existingCapfCertificate(database, id);
    if (found.state !== 'staged') throw new AdminApiError('capf-certificate-not-staged', String(id));
    return found;
  };
  const keyOf = async (id: number): Promise<SigningKey> => {
    const key = await readCapfKey(database, secretKey, id);
    if (key === undefined) throw new AdminApiError('capf-certificate-unknown', String(id));
    return key;
  };

  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser([...chainUploads], { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    const ask = call(
      'administrator',
      'capf-certificates',
      "Make the request with which a site's CA signs a staged certificate for port 3804",
      'PKCS#10 of its key: CA:TRUE, pathlen:0; digitalSignature, keyEncipherment and keyCertSign; serverAuth.',
    );
    app.post(
      '/capf-certificates/:id/certification-request',
      {
        config: ask.config,
        schema: {
          ...ask.described,
          params: capfCertificateParams,
          response: { 200: certificationRequestBody, ...problems(400, 404, 409) },
        },
      },
      async (request, reply) => {
        const { id } = await staged(request.params.id);
        const made = await requestOfKey(await keyOf(id), 'capf');
        const author = authorOf(request);
        await recordAudit(database.queries, {
          actor: author.name,
          action: 'capf-identity.certification-request',
          subjectKind: 'capf-identity',
          subject: String(id),
          remoteAddress: author.remoteAddress,
        });
        const form = requestFormOf(request, made);
        return await reply.type(form.type).send(form.content);
      },
    );

    const take = call(
      'administrator',
      'capf-certificates',
      "Take the certificate for port 3804 that a site's CA made",
      'With those above it, in any order; what does not belong to it is left out. The answer warns of what works against phones and LSCs.',
    );
    app.put(
      '/capf-certificates/:id/certificate',
      {
        config: take.config,
        bodyLimit: longestTrustUpload,
        schema: {
          ...take.described,
          consumes: [...chainUploads],
          params: capfCertificateParams,
          body: uploadSchema.describe('PEM, DER or PKCS#7'),
          response: { 200: takenCapfChainSchema, ...problems(400, 404, 409, 413, 415, 422) },
        },
      },
      async (request) => {
        const { id } = await staged(request.params.id);
        const { signing, warnings } = chainOfKey(request.body, await keyOf(id), 'capf', lscValidityDays, now());
        const outcome = await replaceCapfCertificate(await listChanges(services), id, signing, authorOf(request));
        if (outcome !== 'replaced') throw new AdminApiError(refusals[outcome], String(id));
        const capfCertificate = capfCertificateView(await existingCapfCertificate(database, id));
        return { capfCertificate, warnings: [...warnings] };
      },
    );
  };
}
