import { readCertificate } from '@opencapf/pki';
import {
  addTrustListEntry,
  currentTrustList,
  type Database,
  listTrustListEntries,
  readTrustListContent,
  releasePhones,
  removeTrustListEntry,
  serveCtl,
} from '@opencapf/store';
import { requireKeyOfSigner } from '@opencapf/tftp';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorOf } from '../administrator.js';
import { AdminApiError, type AdminApiErrorCode } from '../errors.js';
import { call, problems } from '../route-schema.js';
import { derSchema } from '../schemas/certificate.js';
import {
  ctlServiceSchema,
  newTrustListEntrySchema,
  releaseSchema,
  trustListEntryListSchema,
  trustListEntryParams,
  trustListEntrySchema,
  trustListKindParams,
  trustListSchema,
} from '../schemas/trust-list.js';
import type { AdminApiServices } from '../services.js';
import { listChanges, rebuildIfWritable } from '../trust-list-changes.js';
import { trustListEntryView, trustListView } from '../trust-list-view.js';

const releaseRefusals = {
  changing: 'file-signer-staged',
  inRecovery: 'trust-list-in-recovery',
  notReleased: 'trust-list-not-released',
  ours: 'trust-list-release-to-own',
} as const satisfies Readonly<Record<string, AdminApiErrorCode>>;

const octets = 'application/octet-stream';

/** What phones trust: the lists, what they hold, and to whom phones are released. */
export function trustListRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const { database } = services;

  return async (app) => {
    const read = call(
      'viewer',
      'trust-lists',
      "Read phones' trust lists (ITL and CTL)",
      'What is served, what a list holds that is built now, and what is to be looked at.',
    );
    app.get(
      '/trust-list',
      {
        config: read.config,
        schema: { ...read.described, response: { 200: trustListSchema, ...problems() } },
      },
      async () => await trustListView(services),
    );

    const file = call('viewer', 'trust-lists', 'Download the trust list that phones are served');
    app.get(
      '/trust-list/:kind/file',
      {
        config: file.config,
        schema: {
          ...file.described,
          params: trustListKindParams,
          response: {
            200: { description: 'The bytes of the file.', content: { [octets]: { schema: derSchema } } },
            ...problems(400, 404),
          },
        },
      },
      async (request, reply) => {
        const list = await currentTrustList(database, request.params.kind);
        if (list === undefined) throw new AdminApiError('trust-list-none', request.params.kind);
        return await reply.type(octets).send(list.bytes);
      },
    );

    const ctl = call(
      'administrator',
      'trust-lists',
      'Serve a CTL beside the ITL, or no longer',
      'It holds what the ITL holds. Phones that have fetched a CTL keep it, and check ITLs by it, also when it is served no longer.',
    );
    app.put(
      '/trust-list/ctl',
      {
        config: ctl.config,
        schema: {
          ...ctl.described,
          body: ctlServiceSchema,
          response: { 200: trustListSchema, ...problems(400, 409, 413, 415) },
        },
      },
      async (request) => {
        const { serves } = request.body;
        await serveCtl(serves ? await listChanges(services) : database, serves, authorOf(request));
        return await trustListView(services);
      },
    );

    const entries = call('viewer', 'trust-lists', 'List the certificates on record for trust lists');
    app.get(
      '/trust-list/entries',
      {
        config: entries.config,
        schema: { ...entries.described, response: { 200: trustListEntryListSchema, ...problems() } },
      },
      async () => ({ items: (await listTrustListEntries(database.queries)).map(trustListEntryView) }),
    );

    const add = call(
      'administrator',
      'trust-lists',
      'Put a certificate on record for trust lists',
      "Of call control (CCM, CCM+TFTP), of another server of files (TFTP), of TVS, of XML services (APP-SERVER), or of another cluster's CAPF. The service's own stand in the lists by themselves. A list that phones could not load is refused.",
    );
    app.post(
      '/trust-list/entries',
      {
        config: add.config,
        schema: {
          ...add.described,
          body: newTrustListEntrySchema,
          response: { 201: trustListEntrySchema, ...problems(400, 409, 413, 415, 422) },
        },
      },
      async (request, reply) => {
        const { certificate, ...rest } = request.body;
        const entry = { ...rest, certificate: readCertificate(certificate).der };
        const added = await addTrustListEntry(await listChanges(services), entry, authorOf(request));
        if (added.outcome === 'known') throw new AdminApiError('trust-list-entry-known', entry.role);
        const found = (await listTrustListEntries(database.queries)).find(({ id }) => id === added.id);
        if (found === undefined) throw new AdminApiError('trust-list-entry-unknown', String(added.id));
        return await reply.code(201).send(trustListEntryView(found));
      },
    );

    const remove = call('administrator', 'trust-lists', 'Take a certificate off the record');
    app.delete(
      '/trust-list/entries/:id',
      {
        config: remove.config,
        schema: {
          ...remove.described,
          params: trustListEntryParams,
          response: { 204: z.undefined().describe('It is gone.'), ...problems(400, 404) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        if ((await removeTrustListEntry(database, id, authorOf(request))) === 'unknown') {
          throw new AdminApiError('trust-list-entry-unknown', String(id));
        }
        await rebuildIfWritable(services, request.log);
        return await reply.code(204).send();
      },
    );

    const release = call(
      'administrator',
      'trust-lists',
      'Release phones to another cluster',
      'From now on lists hold nobody but who signs them and the SAST certificate of that cluster: phones that fetch one believe the lists of that cluster. Without a certificate it is refused: an empty list that phones take any other list after holds records without certificates, whose layout no source describes. Refused too are certificates that sign no lists of another cluster: our own, expired ones, and those whose key phones cannot read (RSA of 1024 and 2048 bits they can).',
    );
    app.put(
      '/trust-list/release',
      {
        config: release.config,
        schema: {
          ...release.described,
          body: releaseSchema,
          response: { 200: trustListSchema, ...problems(400, 404, 409, 413, 415, 422) },
        },
      },
      async (request) => {
        const { certificate } = request.body;
        if (certificate === undefined) throw new AdminApiError('trust-list-empty-undescribed');
        await requireSigners(database);
        const theirs = readCertificate(certificate);
        requireKeyOfSigner(theirs.keyType);
        const { subject, notAfter, spki } = theirs;
        if (notAfter <= (services.now?.() ?? new Date())) throw new AdminApiError('trust-list-release-expired');
        const sharesKeyWith = (ours: Uint8Array): boolean => Buffer.compare(readCertificate(ours).spki, spki) === 0;
        const to = { certificate: theirs.der, subject, sharesKeyWith };
        const outcome = await releasePhones(await listChanges(services), to, authorOf(request));
        if (outcome !== 'done') throw new AdminApiError(releaseRefusals[outcome]);
        return await trustListView(services);
      },
    );

    const takeBack = call(
      'administrator',
      'trust-lists',
      'Serve whole trust lists again',
      'Phones that have gone to the other cluster by then do not come back by it.',
    );
    app.delete(
      '/trust-list/release',
      {
        config: takeBack.config,
        schema: { ...takeBack.described, response: { 200: trustListSchema, ...problems(409) } },
      },
      async (request) => {
        const outcome = await releasePhones(await listChanges(services), null, authorOf(request));
        if (outcome !== 'done') throw new AdminApiError(releaseRefusals[outcome]);
        return await trustListView(services);
      },
    );
  };
}

/** @throws AdminApiError `trust-list-none` before the first start with `OPENCAPF_TFTP=on` */
export async function requireSigners(database: Database): Promise<void> {
  const { signers } = await readTrustListContent(database.queries);
  if (!signers.some(({ state }) => state === 'active')) throw new AdminApiError('trust-list-none');
}
