import {
  deleteConfiguration,
  type GivenConfiguration,
  noteConfigurationRead,
  putConfiguration,
  readConfigurationRecord,
  readPhoneStanding,
  readTemplate,
} from '@opencapf/store';
import { checkTemplate, fillTemplate, longestConfiguration } from '@opencapf/tftp';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorOf } from '../administrator.js';
import { readFullFile, reportOf } from '../configuration-view.js';
import { kindOfDevice } from '../device-name.js';
import { AdminApiError } from '../errors.js';
import { readFileServing } from '../file-serving.js';
import { judgePhone } from '../judged-settings.js';
import { call, problems } from '../route-schema.js';
import {
  configurationSchema,
  givenConfigurationSchema,
  savedConfigurationSchema,
  xmlBody,
} from '../schemas/configuration.js';
import { deviceParams } from '../schemas/device.js';
import type { AdminApiServices } from '../services.js';

export const xmlTypes = ['application/xml', 'text/xml'] as const;

/** A file that may be kept, and its content as it will be built. */
interface CheckedConfiguration {
  readonly given: GivenConfiguration;
  readonly file: Uint8Array;
}

export function configurationRoutes({ database, secretKey }: AdminApiServices): FastifyPluginAsyncZod {
  const recordOf = async (name: string) => {
    const record = await readConfigurationRecord(database, name);
    if (record === undefined) throw new AdminApiError('configuration-none', name);
    return { ...record, device: name };
  };
  const checked = async (body: z.output<typeof givenConfigurationSchema>): Promise<CheckedConfiguration> => {
    if (Buffer.isBuffer(body)) return { given: { xml: body }, file: body };
    const template = await readTemplate(database, secretKey, body.template);
    if (template === undefined) throw new AdminApiError('configuration-template-unknown', body.template);
    checkTemplate(template.xml, body.fields);
    const file = fillTemplate(template.xml, body.fields);
    return { given: { ...body, templateVersion: template.version }, file };
  };

  return async (app) => {
    app.addContentTypeParser([...xmlTypes], { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    const put = call(
      'operator',
      'configuration files',
      'Keep the full configuration file of a device',
      'As XML, which is kept as it is, byte for byte; or as JSON that names a template and fills its fields. It is kept encrypted, and built into what phones fetch.',
    );
    app.put(
      '/devices/:name/configuration',
      {
        config: put.config,
        bodyLimit: longestConfiguration,
        schema: {
          ...put.described,
          consumes: [...xmlTypes, 'application/json'],
          params: deviceParams,
          body: givenConfigurationSchema,
          response: {
            200: savedConfigurationSchema.describe('It takes the place of one that was there.'),
            201: savedConfigurationSchema.describe('There was none before.'),
            ...problems(400, 404, 413, 415, 422),
          },
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        kindOfDevice(name);
        for (;;) {
          const { given, file } = await checked(request.body);
          const report = reportOf(file);
          const outcome = await putConfiguration(database, secretKey, name, given, authorOf(request));
          switch (outcome) {
            case 'deviceUnknown':
              throw new AdminApiError('device-unknown', name);
            case 'templateChanged':
              continue;
            case 'created':
            case 'replaced': {
              const standing = await readPhoneStanding(database, name);
              const findings = standing === undefined ? [] : judgePhone(standing, await readFileServing(database));
              const warnings = findings.map(({ code, message }) => ({ code, message }));
              return await reply
                .code(outcome === 'created' ? 201 : 200)
                .send({ ...(await recordOf(name)), report, warnings });
            }
          }
        }
      },
    );

    const get = call(
      'operator',
      'configuration files',
      'Read the full configuration file of a device',
      'With its passwords; a template is filled. The audit says who read it.',
    );
    app.get(
      '/devices/:name/configuration',
      {
        config: get.config,
        schema: { ...get.described, params: deviceParams, response: { 200: xmlBody, ...problems(400, 404) } },
      },
      async (request, reply) => {
        const { name } = request.params;
        kindOfDevice(name);
        const file = await readFullFile(database, secretKey, name);
        await noteConfigurationRead(database, name, authorOf(request));
        return await reply.type('application/xml').send(file);
      },
    );

    const report = call(
      'viewer',
      'configuration files',
      'What the configuration file of a device says about CAPF and security',
      'Without its secrets.',
    );
    app.get(
      '/devices/:name/configuration/report',
      {
        config: report.config,
        schema: {
          ...report.described,
          params: deviceParams,
          response: { 200: configurationSchema, ...problems(400, 404) },
        },
      },
      async (request) => {
        const { name } = request.params;
        kindOfDevice(name);
        const file = await readFullFile(database, secretKey, name);
        return { ...(await recordOf(name)), report: reportOf(file) };
      },
    );

    const remove = call('operator', 'configuration files', 'Forget the configuration file of a device');
    app.delete(
      '/devices/:name/configuration',
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
        const outcome = await deleteConfiguration(database, name, authorOf(request));
        if (outcome === 'deviceUnknown') throw new AdminApiError('device-unknown', name);
        if (outcome === 'none') throw new AdminApiError('configuration-none', name);
        return await reply.code(204).send();
      },
    );
  };
}
