import type { Role } from './administrator.js';
import { problemContentType } from './problem.js';
import { problemSchema } from './schemas/common.js';

const meanings: Readonly<Record<number, string>> = {
  400: 'The request is wrong.',
  401: 'No token, or not a valid one.',
  403: 'The role is too low.',
  404: 'There is no such thing.',
  409: 'What is on record stands against it.',
  413: 'The request is too large.',
  415: 'The content type is not taken.',
  422: 'The certificate or file is refused.',
  429: 'Too many tokens from this address were refused.',
  503: 'The service cannot answer now.',
};

type Problems = Readonly<
  Record<
    number,
    {
      readonly description: string;
      readonly content: { readonly [problemContentType]: { readonly schema: typeof problemSchema } };
    }
  >
>;

/** Problem documents that a call may answer with, beside those that every call has. */
export function problems(...statuses: readonly (400 | 404 | 409 | 413 | 415 | 422)[]): Problems {
  return Object.fromEntries(
    [401, 403, 429, 503, ...statuses].map((status) => [
      status,
      { description: meanings[status] ?? '', content: { [problemContentType]: { schema: problemSchema } } },
    ]),
  );
}

/** What the description of the API says of a call that asks for a token, and the lowest role that may call. */
export function call(role: Role, tag: string, summary: string, description?: string) {
  return {
    config: { role },
    described: {
      tags: [tag],
      summary,
      description: `${description === undefined ? '' : `${description} `}Role: ${role}.`,
      security: [{ token: [] }],
    },
  };
}
