import {
  changeProfile,
  createProfile,
  deleteProfile,
  listProfiles,
  type ProfileChangeStanding,
  readProfile,
  type SecurityProfile,
  usualProfile,
  withoutUndefined,
} from '@opencapf/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorOf } from '../administrator.js';
import { cursorOf } from '../cursor.js';
import { AdminApiError, type AdminApiErrorCode } from '../errors.js';
import { readFileServing } from '../file-serving.js';
import { judgeProfileChange } from '../judged-profile.js';
import { accept, judgeProfile, type SettingWarning } from '../judged-settings.js';
import { readProfileInput, requireKeySize } from '../profile-input.js';
import { call, problems } from '../route-schema.js';
import {
  forceQuery,
  newProfileSchema,
  profileChangeSchema,
  profilePageSchema,
  profileParams,
  profileQuery,
  profileSchema,
  savedProfileSchema,
} from '../schemas/security-profile.js';
import type { AdminApiServices } from '../services.js';

const cursor = cursorOf('security-profiles', z.string().min(1).max(100));

/** What keeps a profile from being made, changed or deleted. */
const refusals = {
  unknown: 'security-profile-unknown',
  nameTaken: 'security-profile-name-taken',
  predefined: 'security-profile-predefined',
  inUse: 'security-profile-in-use',
  issuerUnknown: 'certificate-issuer-unknown',
} as const satisfies Readonly<Record<string, AdminApiErrorCode>>;

export function securityProfileRoutes({ database, minRsaKeySize }: AdminApiServices): FastifyPluginAsyncZod {
  const existing = async (name: string) => {
    const profile = await readProfile(database, name);
    if (profile === undefined) throw new AdminApiError('security-profile-unknown', name);
    return profile;
  };
  const whole = async (name: string) => {
    const { devices, ...profile } = await existing(name);
    return { ...view(profile), devices };
  };
  return async (app) => {
    const list = call('viewer', 'security profiles', 'List security profiles', 'By name.');
    app.get(
      '/security-profiles',
      {
        config: list.config,
        schema: {
          ...list.described,
          querystring: profileQuery,
          response: { 200: profilePageSchema, ...problems(400) },
        },
      },
      async (request) => {
        const { limit, cursor: after, ...filter } = request.query;
        const page = await listProfiles(database, filter, limit, cursor.read(after));
        return { items: page.rows.map(view), nextCursor: cursor.write(page.next) };
      },
    );

    const make = call(
      'operator',
      'security profiles',
      'Make a security profile',
      'What is left out is as in a predefined one: non-secure, by null string, RSA Only, 2048 bits.',
    );
    app.post(
      '/security-profiles',
      {
        config: make.config,
        schema: {
          ...make.described,
          querystring: forceQuery,
          body: newProfileSchema,
          response: { 201: savedProfileSchema, ...problems(400, 409, 413, 415) },
        },
      },
      async (request, reply) => {
        const { name } = request.body;
        const { name: _, ...given } = await readProfileInput(database, request.body);
        const usual = { ...usualProfile, rsaKeySize: Math.max(usualProfile.rsaKeySize, minRsaKeySize) };
        const settings = { ...usual, ...withoutUndefined(given) };
        requireKeySize(settings, minRsaKeySize);
        const warnings = accept(judgeProfile(settings, await readFileServing(database)), {
          force: request.query.force === true,
        });
        const outcome = await createProfile(database, name, settings, authorOf(request));
        if (outcome !== 'created') throw new AdminApiError(refusals[outcome], name);
        return await reply
          .code(201)
          .header('location', `/v1/security-profiles/${encodeURIComponent(name)}`)
          .send({ ...(await whole(name)), warnings });
      },
    );

    const get = call('viewer', 'security profiles', 'Read a security profile');
    app.get(
      '/security-profiles/:profile',
      {
        config: get.config,
        schema: { ...get.described, params: profileParams, response: { 200: profileSchema, ...problems(400, 404) } },
      },
      async (request) => await whole(request.params.profile),
    );

    const change = call(
      'operator',
      'security profiles',
      'Change a security profile, and with it the files of all its devices',
      'What is left out stays. A predefined one is not changed.',
    );
    app.patch(
      '/security-profiles/:profile',
      {
        config: change.config,
        schema: {
          ...change.described,
          params: profileParams,
          querystring: forceQuery,
          body: profileChangeSchema,
          response: { 200: savedProfileSchema, ...problems(400, 404, 409, 413, 415) },
        },
      },
      async (request) => {
        const { profile: name } = request.params;
        const given = await readProfileInput(database, request.body);
        const serving = await readFileServing(database);
        let warnings: readonly SettingWarning[] = [];
        const judge = (standing: ProfileChangeStanding): void => {
          requireKeySize({ ...given, keyOrder: standing.after.keyOrder }, minRsaKeySize);
          warnings = judgeProfileChange(standing, serving, request.query.force === true);
        };
        const outcome = await changeProfile(database, name, given, authorOf(request), judge);
        if (outcome !== 'changed' && outcome !== 'unchanged') throw new AdminApiError(refusals[outcome], name);
        return { ...(await whole(given.name ?? name)), warnings: [...warnings] };
      },
    );

    const remove = call('operator', 'security profiles', 'Delete a security profile', 'One that no device has.');
    app.delete(
      '/security-profiles/:profile',
      {
        config: remove.config,
        schema: {
          ...remove.described,
          params: profileParams,
          response: { 204: z.undefined().describe('It is gone.'), ...problems(400, 404, 409) },
        },
      },
      async (request, reply) => {
        const { profile: name } = request.params;
        const outcome = await deleteProfile(database, name, authorOf(request));
        if (outcome !== 'deleted') throw new AdminApiError(refusals[outcome], name);
        return await reply.code(204).send();
      },
    );
  };
}

function view(profile: SecurityProfile) {
  return { ...profile, capfServers: [...profile.capfServers] };
}
