import type { OpenAPIV3_1 } from 'openapi-types';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const schemaPath = '#/components/schemas/';

/**
 * Makes the generated description as a person would write it: every schema is made twice, as taken and as given, and the
 * one that no call refers to goes, with the ending of the other's name; a format says enough without its pattern; a body
 * that may be null may be left out.
 */
export function tidy(document: Partial<OpenAPIV3_1.Document>): Partial<OpenAPIV3_1.Document> {
  const plain = JSON.parse(JSON.stringify(document), withoutPattern) as Partial<OpenAPIV3_1.Document>;
  const schemas = { ...plain.components?.schemas };
  const used = referredTo(plain, schemas);
  const kept: Record<string, OpenAPIV3_1.SchemaObject> = {};
  const names = new Map<string, string>();
  for (const [name, schema] of Object.entries(schemas)) {
    if (!used.has(name)) continue;
    const short = name.replace(/Input$/, '');
    const final = used.has(short) ? name : short;
    names.set(name, final);
    kept[final] = schema;
  }
  const renamed = JSON.parse(
    JSON.stringify({ ...plain, components: { ...plain.components, schemas: kept } }),
    (key: string, value: Json) =>
      key === '$ref' && typeof value === 'string'
        ? `${schemaPath}${names.get(value.slice(schemaPath.length)) ?? ''}`
        : value,
  ) as Partial<OpenAPIV3_1.Document>;
  for (const path of Object.values(renamed.paths ?? {})) {
    for (const method of ['put', 'post'] as const) letBodyBeLeftOut(path?.[method]?.requestBody, kept);
  }
  return renamed;
}

function withoutPattern(_key: string, value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { pattern, ...rest } = value as { readonly [key: string]: Json };
  return rest['format'] === 'date-time' || rest['format'] === 'date' ? rest : value;
}

/** Names of the schemas that calls refer to, directly or through others. */
function referredTo(document: Partial<OpenAPIV3_1.Document>, schemas: Readonly<Record<string, unknown>>): Set<string> {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    for (const [, name = ''] of JSON.stringify(value ?? {}).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (found.has(name)) continue;
      found.add(name);
      look(schemas[name]);
    }
  };
  look(document.paths);
  return found;
}

function letBodyBeLeftOut(
  body: OpenAPIV3_1.RequestBodyObject | OpenAPIV3_1.ReferenceObject | undefined,
  schemas: Readonly<Record<string, OpenAPIV3_1.SchemaObject>>,
): void {
  if (body === undefined || !('content' in body)) return;
  const optional = Object.values(body.content).every(({ schema }) => {
    const target = schema !== undefined && '$ref' in schema ? schemas[schema.$ref.slice(schemaPath.length)] : schema;
    return target?.anyOf?.some((part) => 'type' in part && part.type === 'null') ?? false;
  });
  if (optional) body.required = false;
}
