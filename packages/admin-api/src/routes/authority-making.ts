import { randomBytes } from 'node:crypto';
import { AuthorityError, type CheckStep, openElsewhere } from '@opencapf/authority';
import { PkiError } from '@opencapf/pki';
import { readAuthorityRecord, recordAudit, stageIssuer } from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { authorOf } from '../administrator.js';
import { AdminApiError, type AdminApiErrorCode } from '../errors.js';
import { stepsOfLocal } from '../local-check.js';
import { newAuthority } from '../new-authority.js';
import { call, problems } from '../route-schema.js';
import { authorityParams, authoritySchema, checkedAuthoritySchema, newAuthoritySchema } from '../schemas/authority.js';
import type { AdminApiServices } from '../services.js';
import { existingAuthority, viewOf } from './authorities.js';

/** However slow an authority is, a dry run ends. */
const longestCheckMs = 50_000;
const mostSteps = 50;

const refusals = {
  nameTaken: 'authority-name-taken',
  keyKeptElsewhere: 'key-kept-elsewhere',
} as const satisfies Readonly<Record<string, AdminApiErrorCode>>;

/** New authorities, and whether one works. */
export function authorityMakingRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const { database, secretKey, minRsaKeySize: minRsaBits, now = () => new Date() } = services;

  async function* stepsOf(id: number, signal: AbortSignal): AsyncGenerator<CheckStep> {
    const record = await readAuthorityRecord(database, secretKey, id);
    if (record === undefined) throw new AdminApiError('authority-unknown', String(id));
    try {
      if (record.kind === 'local') {
        yield* stepsOfLocal(record, services);
        return;
      }
      const { authority } = openElsewhere(record, { now, randomBytes, minRsaBits });
      try {
        yield { name: 'settings', outcome: 'ok', detail: 'They go together.' };
        if (authority.check !== undefined) yield* authority.check(signal);
      } finally {
        await authority.close?.();
      }
    } catch (fault) {
      if (!(fault instanceof AuthorityError) && !(fault instanceof PkiError)) throw fault;
      yield { name: 'dry run', outcome: 'failed', detail: fault.message };
    }
  }

  return async (app) => {
    const create = call(
      'administrator',
      'authorities',
      'Create an authority',
      'It is staged: in the trust bundle, and not asked for certificates before it is activated. Secrets are kept encrypted and never shown.',
    );
    app.post(
      '/authorities',
      {
        config: create.config,
        schema: {
          ...create.described,
          body: newAuthoritySchema,
          response: { 201: authoritySchema, ...problems(400, 409, 413, 415, 422) },
        },
      },
      async (request, reply) => {
        const made = await newAuthority(request.body, services);
        const staged = await stageIssuer(database, secretKey, made, authorOf(request));
        if (staged.outcome !== 'staged') throw new AdminApiError(refusals[staged.outcome], made.name);
        return await reply.code(201).send(await viewOf(services, staged.id));
      },
    );

    const test = call(
      'administrator',
      'authorities',
      'Try an authority without asking for a certificate',
      'Step by step, what works and what not, and what to change. Ends after 50 s at the latest. The key of a local one is opened where it lies, by one try of its PIN.',
    );
    app.post(
      '/authorities/:authority/test',
      {
        config: test.config,
        schema: {
          ...test.described,
          params: authorityParams,
          response: { 200: checkedAuthoritySchema, ...problems(400, 404) },
        },
      },
      async (request) => {
        const { id, name } = await existingAuthority(services, request.params.authority);
        const steps: CheckStep[] = [];
        for await (const step of stepsOf(id, AbortSignal.timeout(longestCheckMs))) {
          steps.push(step);
          if (steps.length === mostSteps) break;
        }
        const works = steps.every(({ outcome }) => outcome !== 'failed');
        const author = authorOf(request);
        await recordAudit(database.queries, {
          actor: author.name,
          action: 'issuer.test',
          outcome: works ? 'done' : 'failed',
          subjectKind: 'issuer',
          subject: name,
          remoteAddress: author.remoteAddress,
          detail: { issuer: id },
        });
        return { works, steps };
      },
    );
  };
}
