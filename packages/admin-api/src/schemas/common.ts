import { z } from 'zod';

/** Text without control characters, which neither PostgreSQL nor a terminal would bear. */
export function text(most: number): z.ZodString {
  return z
    .string()
    .max(most)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not hold control characters');
}

/** A name that people choose, and that stands in a path: clients cut `.` and `..` out of those. */
export function givenName(most: number): z.ZodString {
  return text(most)
    .regex(
      /^[^\p{Z}\p{Cf}]([^\p{Cf}]*[^\p{Z}\p{Cf}])?$/u,
      'must not begin or end with a blank, nor hold invisible characters',
    )
    .regex(/[^.]/, 'must not consist of dots alone');
}

/** A moment in an answer: ISO 8601 in UTC. */
export const moment = z.date();

/** A moment in a query: ISO 8601, a date alone is its beginning in UTC. */
export const momentInQuery = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .transform((given) => new Date(given))
  .describe('ISO 8601, such as 2027-01-31T00:00:00Z or 2027-01-31.');

export const rowNumber = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** A condition in a query that is wanted or not. */
export const yesOrNo = z.enum(['true', 'false']).transform((given) => given === 'true');

/** How much of a list, and from where. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Items on a page.'),
  cursor: z
    .string()
    .max(1000)
    .optional()
    .describe('The "nextCursor" of the page before; with the same filters. Leave it out for the first page.'),
} as const;

/** A page of a list. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('For the next page; null on the last.'),
  });
}

/** Every problem document (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string().describe('"urn:opencapf:error:" and the code.'),
    title: z.string().describe('What the code means and what to do about it, the same each time.'),
    status: z.int(),
    code: z.string().describe('Stable; docs/errors.md lists all of them.'),
    detail: z.string().describe('The same, with what was met here.'),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('The parts of the request that are wrong, with the code "request-invalid".'),
  })
  .meta({
    id: 'Problem',
    description: 'An error (RFC 9457).',
    examples: [
      {
        type: 'urn:opencapf:error:device-unknown',
        title: 'There is no device of this name. PUT /v1/devices/{name} creates one.',
        status: 404,
        code: 'device-unknown',
        detail: 'There is no device of this name. PUT /v1/devices/{name} creates one. (SEP001122334455)',
      },
    ],
  });
