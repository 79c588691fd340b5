import { Readable } from 'node:stream';
import { type BroughtCertificate, takeIssuedCertificates } from '@opencapf/enrollment';
import { sha256Hex } from '@opencapf/pki';
import { type AuthorityFacts, recordAudit } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { authorOf } from '../administrator.js';
import { der, pem } from '../certificate-form.js';
import { longestCertificateUpload, readCertificateUpload } from '../certificate-upload.js';
import { AdminApiError } from '../errors.js';
import { pendingRequests, requestsAsPem, requestsAsZip } from '../pending-requests.js';
import { call, problems } from '../route-schema.js';
import { authorityParams } from '../schemas/authority.js';
import { pendingRequestsQuery, pendingRequestsSchema, takenCertificatesSchema } from '../schemas/authority-request.js';
import { uploadSchema } from '../schemas/certificate.js';
import type { AdminApiServices } from '../services.js';
import { existingAuthority } from './authorities.js';

const zip = 'application/zip';
const uploads = [pem, der, 'application/pkcs7-mime', 'application/x-pkcs7-certificates', zip] as const;

type Taken = z.output<typeof takenCertificatesSchema>['items'][number];

/** Requests to an offline authority on their way out, and certificates on their way back. */
export function offlineExchangeRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const { database, now = () => new Date() } = services;
  const offline = async (which: number | string): Promise<AuthorityFacts> => {
    const authority = await existingAuthority(services, which);
    if (authority.kind !== 'offline') throw new AdminApiError('authority-not-offline', authority.name);
    return authority;
  };

  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser([...uploads], { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    const download = call(
      'viewer',
      'authorities',
      'Download the open requests to an offline authority',
      'PKCS#10, and the bare public key of each beside it in a zip.',
    );
    app.get(
      '/authorities/:authority/certification-requests',
      {
        config: download.config,
        schema: {
          ...download.described,
          params: authorityParams,
          querystring: pendingRequestsQuery,
          response: {
            200: {
              description: `PEM, one after the other, unless ${zip} is asked for: then a file each.`,
              content: { [pem]: { schema: pendingRequestsSchema }, [zip]: { schema: pendingRequestsSchema } },
            },
            ...problems(400, 404, 409),
          },
        },
      },
      async (request, reply) => {
        const { id } = await offline(request.params.authority);
        const pages = pendingRequests(database, id, request.query.limit);
        const asked = (request.headers.accept ?? '').toLowerCase();
        const isZip = asked.includes(zip) && !asked.includes(pem);
        return await reply
          .type(isZip ? zip : pem)
          .send(Readable.from(isZip ? requestsAsZip(pages) : requestsAsPem(pages), { objectMode: false }));
      },
    );

    const upload = call(
      'operator',
      'authorities',
      'Upload certificates that an offline authority made',
      'Each is matched to its request by its key and checked as one that an online authority answers with; the phone is to come for it. The answer says what became of each.',
    );
    app.post(
      '/authorities/:authority/certificates',
      {
        config: upload.config,
        bodyLimit: longestCertificateUpload,
        schema: {
          ...upload.described,
          consumes: [...uploads],
          params: authorityParams,
          body: uploadSchema.describe('PEM with any number, DER, PKCS#7, or a zip of such files'),
          response: { 200: takenCertificatesSchema, ...problems(400, 404, 409, 413, 415, 422) },
        },
      },
      async (request) => {
        const authority = await offline(request.params.authority);
        if (authority.certificate === null) throw new AdminApiError('authority-without-certificate', authority.name);
        const own = new Set([authority.certificate, ...authority.chain].map(sha256Hex));
        const items: Taken[] = [];
        for (const { file = null, certificates, fault } of readCertificateUpload(request.body)) {
          if (fault !== undefined) {
            const { code, message: reason } = fault;
            items.push({ file, subject: null, serial: null, outcome: 'refused', device: null, code, reason });
          }
          const given = certificates.filter((one) => !own.has(sha256Hex(one.der)));
          const ders = given.map((one) => one.der);
          for (const [index, brought] of (await takeIssuedCertificates(database, ders, now())).entries()) {
            const { subject = null, serial = null } = given[index] ?? {};
            items.push({ file, subject, serial, ...becameOf(brought) });
          }
        }
        const author = authorOf(request);
        await recordAudit(database.queries, {
          actor: author.name,
          action: 'issuer.take-certificates',
          subjectKind: 'issuer',
          subject: authority.name,
          remoteAddress: author.remoteAddress,
          detail: {
            issuer: authority.id,
            given: items.length,
            taken: items.filter(({ outcome }) => outcome === 'taken' || outcome === 'takenLate').length,
          },
        });
        return { items };
      },
    );
  };
}

const arrivals = { issued: 'taken', late: 'takenLate', known: 'known' } as const;

function becameOf(brought: BroughtCertificate): Pick<Taken, 'outcome' | 'device' | 'code' | 'reason'> {
  switch (brought.outcome) {
    case 'matched':
      return { outcome: arrivals[brought.arrival], device: brought.deviceName, code: null, reason: null };
    case 'unknownKey':
      return { outcome: 'unknownKey', device: null, code: null, reason: null };
    case 'refused':
      return { outcome: 'refused', device: brought.deviceName ?? null, code: brought.code, reason: brought.words };
  }
}
