import { connect, createServer, type Socket } from 'node:net';

/** What clients asked of the database so far. */
export interface StatementCount {
  readonly statements: number;
  /** How often a client waited for the answer. */
  readonly roundTrips: number;
}

/** Stands between a service and its database and counts the statements that pass. */
export interface StatementCounter extends AsyncDisposable {
  /** For `DATABASE_URL`. */
  readonly url: string;
  readonly count: () => StatementCount;
}

/** @param url - of the database; its server is reached over TCP or, with a host that is a path, over a Unix socket */
export async function countStatements(url: string): Promise<StatementCounter> {
  const target = new URL(url);
  const host = decodeURIComponent(target.hostname);
  const port = target.port === '' ? '5432' : target.port;
  const seen = { statements: 0, roundTrips: 0 };
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const database = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect({ host, port: Number(port) });
    const counter = frontendCounter(seen);
    client.on('data', counter);
    client.pipe(database).pipe(client);
    for (const socket of [client, database]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.once('close', () => {
        open.delete(socket);
        client.destroy();
        database.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the counter has no port');
  const { username, password, pathname } = target;
  return {
    url: `postgres://${username}:${password}@127.0.0.1:${address.port}${pathname}`,
    count: () => ({ ...seen }),
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * Reads one client's messages (PostgreSQL documentation, "Message Formats"): Query and Execute are statements, Query and
 * Sync are waited for. The first message, of start-up, has no type.
 */
function frontendCounter(seen: { statements: number; roundTrips: number }): (chunk: Buffer) => void {
  let tail: Buffer = Buffer.alloc(0);
  let typeBytes = 0;
  return (chunk) => {
    tail = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    while (tail.length >= typeBytes + 4) {
      const length = typeBytes + tail.readUInt32BE(typeBytes);
      if (tail.length < length) return;
      const type = typeBytes === 0 ? '' : String.fromCharCode(tail[0] ?? 0);
      if (type === 'Q' || type === 'E') seen.statements += 1;
      if (type === 'Q' || type === 'S') seen.roundTrips += 1;
      tail = tail.subarray(length);
      typeBytes = 1;
    }
  };
}
