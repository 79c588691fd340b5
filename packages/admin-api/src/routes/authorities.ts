import { isDeepStrictEqual } from 'node:util';
import {
  type AuthorityFacts,
  type AuthorityOnRecord,
  type AuthoritySettings,
  changeAuthority,
  listAuthorities,
  readAuthority,
  readIssuerKey,
  type WhichAuthority,
} from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { authorOf } from '../administrator.js';
import { authorityViews } from '../authority-view.js';
import { numberCursor } from '../cursor.js';
import { AdminApiError } from '../errors.js';
import { tryKeyAt } from '../local-authority.js';
import { changedSettings, readLscTrust } from '../new-authority.js';
import { call, problems } from '../route-schema.js';
import {
  authorityChangeSchema,
  authorityPageSchema,
  authorityParams,
  authorityQuery,
  authoritySchema,
} from '../schemas/authority.js';
import type { AdminApiServices } from '../services.js';

const cursor = numberCursor('authorities');

export function authorityRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const { database, secretKey } = services;
  const now = services.now ?? (() => new Date());

  return async (app) => {
    const list = call(
      'viewer',
      'authorities',
      'List the certificate authorities that sign or signed LSCs',
      'Retired ones too; the oldest first. Secrets are never shown.',
    );
    app.get(
      '/authorities',
      {
        config: list.config,
        schema: {
          ...list.described,
          querystring: authorityQuery,
          response: { 200: authorityPageSchema, ...problems(400) },
        },
      },
      async (request) => {
        const { limit, cursor: after } = request.query;
        const page = await listAuthorities(database, secretKey, limit, cursor.read(after));
        return { items: [...(await authorityViews(database, page.rows))], nextCursor: cursor.write(page.next) };
      },
    );

    const read = call('viewer', 'authorities', 'Read an authority');
    app.get(
      '/authorities/:authority',
      {
        config: read.config,
        schema: {
          ...read.described,
          params: authorityParams,
          response: { 200: authoritySchema, ...problems(400, 404) },
        },
      },
      async (request) => await viewOf(services, request.params.authority),
    );

    const change = call(
      'administrator',
      'authorities',
      'Change an authority',
      'What is left out stays as it is. Holds for the next phone. With acceptExpiredUntil, phones that missed their renewal prove themselves by the expired LSC once more.',
    );
    app.patch(
      '/authorities/:authority',
      {
        config: change.config,
        schema: {
          ...change.described,
          params: authorityParams,
          body: authorityChangeSchema,
          response: { 200: authoritySchema, ...problems(400, 404, 409, 413, 415, 422) },
        },
      },
      async (request) => {
        const { authority } = request.params;
        const { name, acceptExpiredUntil, configuration, secrets, lscTrust } = request.body;
        if (acceptExpiredUntil != null && acceptExpiredUntil <= now()) {
          throw new AdminApiError('accept-expired-past', acceptExpiredUntil.toISOString());
        }
        const { id, kind } = await existingAuthority(services, authority);
        if (kind === 'local' && lscTrust !== undefined) {
          throw new AdminApiError('authority-is-local', String(authority));
        }
        const settings =
          configuration === undefined && secrets === undefined
            ? undefined
            : (before: AuthorityOnRecord) => changedSettings(before, configuration ?? {}, secrets ?? {});
        if (settings !== undefined && kind === 'local') await tryChangedKey(services, id, settings);
        const wanted = {
          name,
          acceptExpiredUntil,
          settings,
          trust: lscTrust === undefined ? undefined : readLscTrust(lscTrust),
        };
        const changed = await changeAuthority(database, secretKey, id, wanted, authorOf(request));
        switch (changed) {
          case 'unknown':
            throw new AdminApiError('authority-unknown', String(authority));
          case 'nameTaken':
            throw new AdminApiError('authority-name-taken', name);
          case 'hasIssued':
            throw new AdminApiError('authority-has-issued', String(authority));
          case 'changed':
          case 'unchanged':
            return await viewOf(services, id);
        }
      },
    );
  };
}

/**
 * Opens the key of a local authority as it would be opened after a change of where it lies, or of what opens it there.
 *
 * @throws AuthorityError `authority-setting-invalid`, `authority-key-unusable`
 */
async function tryChangedKey(
  { database, secretKey }: AdminApiServices,
  id: number,
  settings: (before: AuthorityOnRecord) => AuthoritySettings,
): Promise<void> {
  const key = await readIssuerKey(database, secretKey, id);
  const facts = await readAuthority(database, secretKey, id);
  if (key === undefined || facts === undefined) return;
  const secrets = key.secrets as AuthoritySettings['secrets'];
  const before = { kind: facts.kind, configuration: facts.configuration, secrets };
  const after = settings(before);
  const same = isDeepStrictEqual(
    [after.configuration['location'], after.secrets],
    [before.configuration['location'], before.secrets],
  );
  if (!same) await tryKeyAt(after, key.publicKey);
}

/** @throws AdminApiError `authority-unknown` */
export async function existingAuthority(
  { database, secretKey }: AdminApiServices,
  key: WhichAuthority,
): Promise<AuthorityFacts> {
  const found = await readAuthority(database, secretKey, key);
  if (found === undefined) throw new AdminApiError('authority-unknown', String(key));
  return found;
}

/** @throws AdminApiError `authority-unknown` */
export async function viewOf(services: AdminApiServices, key: WhichAuthority) {
  const [view] = await authorityViews(services.database, [await existingAuthority(services, key)]);
  if (view === undefined) throw new TypeError('an authority that was read is not shown');
  return view;
}
