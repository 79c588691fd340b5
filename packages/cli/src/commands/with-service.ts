import { connectToService, type ServiceAnswer, type ServiceClient } from '../service-client.js';
import type { Surroundings } from '../surroundings.js';
import { inOwnWords } from './own-words.js';

/**
 * Talks to the service. No answer, or one that refuses, is one line on standard error; the exit status is 2 for the first
 * and 1 for the second.
 */
export async function withService(
  surroundings: Surroundings,
  work: (client: ServiceClient) => Promise<void>,
): Promise<void> {
  const client = connectToService(surroundings);
  try {
    await work(client);
  } catch (fault) {
    surroundings.terminal.exitCode = fault instanceof Refused ? 1 : 2;
    const told = fault instanceof Error ? fault.message : String(fault);
    surroundings.terminal.stderr.write(
      fault instanceof Refused
        ? `opencapf: ${told}\n`
        : `opencapf: no answer from ${client.server} (OPENCAPF_SERVER): ${told}\n`,
    );
  } finally {
    await client.close();
  }
}

/** An answer that is no success. */
class Refused extends Error {}

/** The body of an answer that is a JSON object. @throws what {@link withService} tells, for an answer that refuses */
export function accepted({ status, body }: ServiceAnswer): Readonly<Record<string, unknown>> {
  const record = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
  if (status >= 200 && status < 300) return record;
  throw new Refused(typeof record['detail'] === 'string' ? inOwnWords(record['detail']) : `HTTP status ${status}`);
}

/** Calls with JSON, or without a body, and has told what is answered. @param tell - the text to print; undefined for none */
export async function askService(
  surroundings: Surroundings,
  call: readonly [method: string, path: string, content?: object | undefined],
  tell: (answer: Readonly<Record<string, unknown>>) => string | undefined,
): Promise<void> {
  const [method, path, content] = call;
  await withService(surroundings, async (client) => {
    const body = content === undefined ? undefined : { type: 'application/json', content: JSON.stringify(content) };
    const text = tell(accepted(await client.request(method, path, body)));
    if (text !== undefined && text !== '') surroundings.terminal.stdout.write(`${text}\n`);
  });
}

/** All pages of a list as one. @param query - its filters @throws what {@link withService} tells, for an answer that refuses */
export async function wholeList(
  client: ServiceClient,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const items: Readonly<Record<string, unknown>>[] = [];
  let cursor: Readonly<Record<string, string>> = {};
  for (;;) {
    const page = accepted(await client.get(`${path}?${new URLSearchParams({ limit: '1000', ...query, ...cursor })}`));
    items.push(...itemsOf(page));
    const { nextCursor } = page;
    if (typeof nextCursor !== 'string') return { ...page, items };
    cursor = { cursor: nextCursor };
  }
}

/** The items of a list, as they came. */
export function itemsOf({ items }: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(items) ? items : [];
}

/** A field as text for a person. */
export function shown(value: unknown): string {
  return value === null || value === undefined
    ? '-'
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
}
