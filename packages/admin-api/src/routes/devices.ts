import {
  type DeviceOverview,
  type DeviceStanding,
  deleteDevice,
  forgetLsc,
  listDevices,
  putDevice,
  readDevice,
} from '@opencapf/store';
import { isSameModel } from '@opencapf/tftp';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorOf } from '../administrator.js';
import { certificateIssuerNamed } from '../certificate-issuer.js';
import { cursorOf } from '../cursor.js';
import { fileOfAllPhones, kindOfDevice } from '../device-name.js';
import { AdminApiError } from '../errors.js';
import { readFileServing } from '../file-serving.js';
import { isJudged, judgeDevice } from '../judged-device.js';
import type { SettingWarning } from '../judged-settings.js';
import { readCapfSettings, requireKeySize } from '../profile-input.js';
import { call, problems } from '../route-schema.js';
import {
  devicePageSchema,
  deviceParams,
  deviceQuery,
  deviceSchema,
  deviceSettingsSchema,
  savedDeviceSchema,
} from '../schemas/device.js';
import { forceQuery } from '../schemas/security-profile.js';
import type { AdminApiServices } from '../services.js';

const cursor = cursorOf(
  'devices',
  z.union([
    z.object({ name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) }),
    z.object({ notAfter: z.iso.datetime().transform((at) => new Date(at)), certificate: z.int() }),
  ]),
);

export function deviceRoutes({ database, minRsaKeySize }: AdminApiServices): FastifyPluginAsyncZod {
  const existing = async (name: string): Promise<DeviceOverview> => {
    const device = await readDevice(database, name);
    if (device === undefined) throw new AdminApiError('device-unknown', name);
    return device;
  };

  return async (app) => {
    const put = call(
      'operator',
      'devices',
      'Create a device, or change its settings',
      'Every field is optional, and {} is valid. Touches settings only: never operation, certificate or history.',
    );
    app.put(
      '/devices/:name',
      {
        config: put.config,
        schema: {
          ...put.described,
          params: deviceParams,
          querystring: forceQuery,
          body: deviceSettingsSchema,
          response: {
            200: savedDeviceSchema.describe('It was there.'),
            201: savedDeviceSchema.describe('It was created.'),
            ...problems(400, 409, 413, 415),
          },
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        const kind = kindOfDevice(name);
        // One that was there before the rule stays as it is.
        const taken = fileOfAllPhones(name);
        if (taken !== undefined && (await readDevice(database, name)) === undefined) {
          throw new AdminApiError('device-name-reserved', taken);
        }
        const { certificateIssuer: given } = request.body;
        const certificateIssuer = given == null ? given : await certificateIssuerNamed(database, given);
        const { capfSettings } = request.body;
        const settings = {
          ...request.body,
          certificateIssuer,
          capfSettings: capfSettings === undefined ? undefined : readCapfSettings(capfSettings),
        };
        requireKeySize(settings.capfSettings ?? {}, minRsaKeySize);
        const serving = await readFileServing(database);
        let warnings: readonly SettingWarning[] = [];
        const judge = (standing: DeviceStanding): void => {
          warnings = judgeDevice(standing, settings, serving, request.query.force === true);
        };
        const rules = { judge: isJudged(settings) ? judge : undefined, isSameModel };
        const outcome = await putDevice(database, name, kind, settings, authorOf(request), rules);
        if (outcome === 'issuerUnknown') throw new AdminApiError('certificate-issuer-unknown', given ?? undefined);
        if (outcome === 'profileUnknown') {
          throw new AdminApiError('device-security-profile-unknown', request.body.securityProfile ?? undefined);
        }
        return await reply
          .code(outcome === 'created' ? 201 : 200)
          .send({ ...view(await existing(name)), warnings: [...warnings] });
      },
    );

    const get = call('viewer', 'devices', 'Read a device');
    app.get(
      '/devices/:name',
      {
        config: get.config,
        schema: { ...get.described, params: deviceParams, response: { 200: deviceSchema, ...problems(400, 404) } },
      },
      async (request) => {
        kindOfDevice(request.params.name);
        return view(await existing(request.params.name));
      },
    );

    const list = call(
      'viewer',
      'devices',
      'List devices',
      'By name; with lscExpiresBefore, the LSC that ends soonest first.',
    );
    app.get(
      '/devices',
      {
        config: list.config,
        schema: { ...list.described, querystring: deviceQuery, response: { 200: devicePageSchema, ...problems(400) } },
      },
      async (request) => {
        const { limit, cursor: after, certificateIssuer, ...filter } = request.query;
        const issuer = certificateIssuer === 'default' ? null : certificateIssuer;
        const wanted = {
          ...filter,
          certificateIssuer: issuer == null ? issuer : await certificateIssuerNamed(database, issuer),
        };
        const page = await listDevices(database, wanted, limit, cursor.read(after));
        return { items: page.rows.map(view), nextCursor: cursor.write(page.next) };
      },
    );

    const forget = call(
      'operator',
      'devices',
      'Take note that a phone has lost its LSC',
      'As by a factory reset. The LSC on record counts as deleted and is not accepted any more; the relation falls back to the MIC, else to nothing. Without an LSC on record nothing changes.',
    );
    app.post(
      '/devices/:name/forget-lsc',
      {
        config: forget.config,
        schema: { ...forget.described, params: deviceParams, response: { 200: deviceSchema, ...problems(400, 404) } },
      },
      async (request) => {
        const { name } = request.params;
        kindOfDevice(name);
        const outcome = await forgetLsc(database, name, authorOf(request));
        if (outcome === 'unknown') throw new AdminApiError('device-unknown', name);
        return view(await existing(name));
      },
    );

    const remove = call(
      'operator',
      'devices',
      'Delete a device',
      'Its open operation is cancelled and its LSCs are revoked; they stay on record under its name.',
    );
    app.delete(
      '/devices/:name',
      {
        config: remove.config,
        schema: {
          ...remove.described,
          params: deviceParams,
          response: { 204: z.undefined().describe('It is gone.'), ...problems(400, 404) },
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        kindOfDevice(name);
        if (!(await deleteDevice(database, name, authorOf(request)))) throw new AdminApiError('device-unknown', name);
        return await reply.code(204).send();
      },
    );
  };
}

function view(device: DeviceOverview): z.output<typeof deviceSchema> {
  const { certificate, operation, lastSession, labels, ...settings } = device;
  return {
    ...settings,
    labels: [...labels],
    md5hash: certificate?.md5hash ?? null,
    publicKeyMd5: certificate?.publicKeyMd5 ?? null,
    certificate,
    operation: operation === null ? null : withOperationWord(operation),
    lastSession,
  };
}

function withOperationWord<Record extends { readonly kind: string }>({ kind, ...rest }: Record) {
  return { ...rest, operation: kind as Record['kind'] };
}
