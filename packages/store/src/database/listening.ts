import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { Database } from './connect.js';

/** Hears what Postgres announces. */
export interface Hearer {
  heard(channel: string, payload: string): void;
  /** From now on all is heard. What was announced before is not. */
  listening(): void;
  /** Nothing is heard until {@link listening} is called again. */
  deaf(fault: unknown): void;
}

/** How often a connection on which nothing comes is asked whether it lives, and how long it may take to say so. */
const askEveryMs = 10_000;
const patienceMs = 5_000;
const againMs = 500;

/**
 * Listens on channels by a connection of its own, and makes another one whenever it breaks or falls silent.
 *
 * @returns stops it
 */
export function listenOn(database: Database, channels: readonly string[], hearer: Hearer): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await listenOnce(database, channels, hearer, signal);
      } catch (fault) {
        if (!signal.aborted) hearer.deaf(fault);
      }
      await delay(againMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const ended = work();
  return async () => {
    stopping.abort();
    await ended;
  };
}

async function listenOnce(
  database: Database,
  channels: readonly string[],
  hearer: Hearer,
  signal: AbortSignal,
): Promise<void> {
  const client = new Client({
    ...database.target.config,
    application_name: 'opencapf listening',
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
    keepAlive: true,
  });
  const broken = new AbortController();
  const gone = (fault: unknown): void => broken.abort(fault);
  client.on('error', gone);
  client.on('end', () => gone(new Error('The connection ended.')));
  client.on('notification', ({ channel, payload = '' }) => hearer.heard(channel, payload));
  const over = AbortSignal.any([signal, broken.signal]);
  try {
    await client.connect();
    for (const channel of channels) await client.query(`listen ${client.escapeIdentifier(channel)}`);
    hearer.listening();
    while (!over.aborted) {
      await delay(askEveryMs, undefined, { signal: over }).catch(() => undefined);
      if (!over.aborted) await client.query('select');
    }
    if (!signal.aborted) throw over.reason;
  } finally {
    await Promise.race([client.end().catch(() => undefined), delay(againMs, undefined, { ref: false })]);
  }
}
