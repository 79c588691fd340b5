import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import { tidy } from './openapi-tidy.js';

/** Describes every call that is mounted later, as OpenAPI 3.1 at `/openapi.json`. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'OpenCAPF',
        version,
        description:
          'Queue certificate operations for phones, and read what came of them. Errors are problem documents (RFC 9457), lists have limit and cursor.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => {
      const described = jsonSchemaTransformObject(document);
      return 'openapi' in described ? tidy(described as Partial<OpenAPIV3_1.Document>) : described;
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
