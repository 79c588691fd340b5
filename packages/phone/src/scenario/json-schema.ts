import { z } from 'zod';
import { scenarioFileSchema } from './language.js';

const variable = { type: 'string', pattern: '^\\$\\{[^}]+\\}$' };
const variableTypes: ReadonlySet<string> = new Set(['int', 'number', 'boolean', 'enum', 'literal']);

/** The JSON schema of scenario files (draft 2020-12), for editors. A variable may stand in the place of any value. */
export function scenarioJsonSchema(): object {
  return z.toJSONSchema(scenarioFileSchema, {
    override: ({ zodSchema, jsonSchema }) => {
      if (!variableTypes.has(zodSchema._zod.def.type)) return;
      const { description, ...alone } = { ...jsonSchema };
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      Object.assign(jsonSchema, { ...(description === undefined ? {} : { description }), anyOf: [alone, variable] });
    },
  });
}
