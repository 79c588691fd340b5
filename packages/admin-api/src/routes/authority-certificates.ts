import { longestTrustUpload } from '@opencapf/pki';
import {
  type AuthorityFacts,
  readIssuerKey,
  recordAudit,
  replaceIssuerCertificate,
  type SigningKey,
} from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { authorOf } from '../administrator.js';
import { chainOfKey, requestOfKey } from '../ca-exchange.js';
import { certificationRequestBody, chainUploads, requestFormOf } from '../certificate-form.js';
import { AdminApiError, type AdminApiErrorCode } from '../errors.js';
import { call, problems } from '../route-schema.js';
import { authorityParams } from '../schemas/authority.js';
import { takenAuthorityChainSchema } from '../schemas/ca-exchange.js';
import { uploadSchema } from '../schemas/certificate.js';
import { daysOf } from '../service-warnings.js';
import type { AdminApiServices } from '../services.js';
import { existingAuthority, viewOf } from './authorities.js';

const refusals = {
  unknown: 'authority-unknown',
  notStaged: 'authority-not-staged',
} as const satisfies Readonly<Record<string, AdminApiErrorCode>>;

/** A local authority below a CA of the site: its request on the way out, its chain on the way back. */
export function authorityCertificateRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const { database, secretKey, lscValidityDays, now = () => new Date() } = services;
  const staged = async (which: number | string): Promise<AuthorityFacts> => {
    const authority = await existingAuthority(services, which);
    if (authority.kind !== 'local') throw new AdminApiError('authority-not-local', authority.name);
    if (authority.state !== 'staged') throw new AdminApiError('authority-not-staged', authority.name);
    return authority;
  };
  const keyOf = async ({ id, name }: AuthorityFacts): Promise<SigningKey> => {
    const key = await readIssuerKey(database, secretKey, id);
    if (key === undefined) throw new AdminApiError('authority-unknown', name);
    return key;
  };

  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser([...chainUploads], { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    const ask = call(
      'administrator',
      'authorities',
      "Make the request with which a site's CA signs a staged local authority",
      'PKCS#10 of its key: CA:TRUE, pathlen:0; keyCertSign, cRLSign and digitalSignature; no extended key usage, which would bind the LSCs below.',
    );
    app.post(
      '/authorities/:authority/certification-request',
      {
        config: ask.config,
        schema: {
          ...ask.described,
          params: authorityParams,
          response: { 200: certificationRequestBody, ...problems(400, 404, 409, 422) },
        },
      },
      async (request, reply) => {
        const authority = await staged(request.params.authority);
        const { id, name } = authority;
        const made = await requestOfKey(await keyOf(authority), 'issuer');
        const author = authorOf(request);
        await recordAudit(database.queries, {
          actor: author.name,
          action: 'issuer.certification-request',
          subjectKind: 'issuer',
          subject: name,
          remoteAddress: author.remoteAddress,
          detail: { issuer: id },
        });
        const form = requestFormOf(request, made);
        return await reply.type(form.type).send(form.content);
      },
    );

    const take = call(
      'administrator',
      'authorities',
      "Give a staged local authority the certificate that a site's CA made for it",
      'With those above it, in any order; what does not belong to it is left out. The answer warns of what works against LSCs.',
    );
    app.put(
      '/authorities/:authority/certificate',
      {
        config: take.config,
        bodyLimit: longestTrustUpload,
        schema: {
          ...take.described,
          consumes: [...chainUploads],
          params: authorityParams,
          body: uploadSchema.describe('PEM, DER or PKCS#7'),
          response: { 200: takenAuthorityChainSchema, ...problems(400, 404, 409, 413, 415, 422) },
        },
      },
      async (request) => {
        const authority = await staged(request.params.authority);
        const { id, name } = authority;
        const days = daysOf(authority.configuration, lscValidityDays);
        const { signing, warnings } = chainOfKey(request.body, await keyOf(authority), 'issuer', days, now());
        const outcome = await replaceIssuerCertificate(database, id, signing, authorOf(request));
        if (outcome !== 'replaced') throw new AdminApiError(refusals[outcome], name);
        return { authority: await viewOf(services, id), warnings: [...warnings] };
      },
    );
  };
}
