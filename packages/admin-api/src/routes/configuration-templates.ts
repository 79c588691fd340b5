import { deleteTemplate, listTemplates, noteTemplateRead, putTemplate, readTemplate } from '@opencapf/store';
import { longestConfiguration, templateFields, templateFit, unfilledFields } from '@opencapf/tftp';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorOf } from '../administrator.js';
import { reportOf } from '../configuration-view.js';
import { cursorOf } from '../cursor.js';
import { AdminApiError } from '../errors.js';
import { call, problems } from '../route-schema.js';
import {
  savedTemplateSchema,
  templatePageSchema,
  templateParams,
  templateQuery,
  xmlBody,
  xmlUploadSchema,
} from '../schemas/configuration.js';
import type { AdminApiServices } from '../services.js';
import { xmlTypes } from './configurations.js';

const cursor = cursorOf('configuration-templates', z.string().min(1).max(100));

export function configurationTemplateRoutes({ database, secretKey }: AdminApiServices): FastifyPluginAsyncZod {
  const existing = async (name: string) => {
    const template = await readTemplate(database, secretKey, name);
    if (template === undefined) throw new AdminApiError('configuration-template-unknown', name);
    return template;
  };

  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser([...xmlTypes], { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    const put = call(
      'operator',
      'configuration files',
      'Keep a configuration template',
      'A configuration file with fields, $ and a name in braces, in its texts and attributes; what stands like one in a comment or a CDATA section is none, and is told in the report. Where devices have it, a new one must have the same fields; it reaches all of them.',
    );
    app.put(
      '/configuration-templates/:template',
      {
        config: put.config,
        bodyLimit: longestConfiguration,
        schema: {
          ...put.described,
          consumes: [...xmlTypes],
          params: templateParams,
          body: xmlUploadSchema,
          response: {
            200: savedTemplateSchema.describe('It takes the place of one that was there.'),
            201: savedTemplateSchema.describe('There was none before.'),
            ...problems(400, 409, 413, 415, 422),
          },
        },
      },
      async (request, reply) => {
        const { template: name } = request.params;
        const { findings, ...report } = reportOf(request.body);
        const fields = templateFields(request.body);
        const fit = templateFit(request.body);
        const kept = await putTemplate(
          database,
          secretKey,
          name,
          request.body,
          { hasFieldsOf: (before) => isSame(templateFields(before), fields), bears: fit.always ? undefined : fit.with },
          authorOf(request),
        );
        if (kept.outcome === 'fieldsOfDevices') throw new AdminApiError('configuration-template-fields', name);
        if (kept.outcome === 'tooLong') throw new AdminApiError('configuration-template-too-long', kept.device);
        const { xml: _, ...record } = await existing(name);
        return await reply.code(kept.outcome === 'created' ? 201 : 200).send({
          ...record,
          fields: [...fields],
          report: { ...report, findings: [...findings, ...unfilledFields(request.body)] },
        });
      },
    );

    const list = call('viewer', 'configuration files', 'List configuration templates', 'By name.');
    app.get(
      '/configuration-templates',
      {
        config: list.config,
        schema: {
          ...list.described,
          querystring: templateQuery,
          response: { 200: templatePageSchema, ...problems(400) },
        },
      },
      async (request) => {
        const { limit, cursor: after } = request.query;
        const page = await listTemplates(database, limit, cursor.read(after));
        return { items: [...page.rows], nextCursor: cursor.write(page.next) };
      },
    );

    const get = call('operator', 'configuration files', 'Read a configuration template', 'The audit says who read it.');
    app.get(
      '/configuration-templates/:template',
      {
        config: get.config,
        schema: { ...get.described, params: templateParams, response: { 200: xmlBody, ...problems(400, 404) } },
      },
      async (request, reply) => {
        const { template: name } = request.params;
        const { xml } = await existing(name);
        await noteTemplateRead(database, name, authorOf(request));
        return await reply.type('application/xml').send(xml);
      },
    );

    const remove = call(
      'operator',
      'configuration files',
      'Delete a configuration template',
      'One that no device has.',
    );
    app.delete(
      '/configuration-templates/:template',
      {
        config: remove.config,
        schema: {
          ...remove.described,
          params: templateParams,
          response: { 204: z.undefined().describe('It is gone.'), ...problems(400, 404, 409) },
        },
      },
      async (request, reply) => {
        const { template: name } = request.params;
        const outcome = await deleteTemplate(database, name, authorOf(request));
        if (outcome === 'unknown') throw new AdminApiError('configuration-template-unknown', name);
        if (outcome === 'inUse') throw new AdminApiError('configuration-template-in-use', name);
        return await reply.code(204).send();
      },
    );
  };
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  const known = new Set(one);
  return one.length === other.length && other.every((field) => known.has(field));
}
