// The floor of kept files: a bare HTTP server that asks PostgreSQL one question that says nothing before it gives a file of 8 KB.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, type ClientConfig } from 'pg';

const file = Buffer.alloc(8 * 1024);
const head = { 'cache-control': 'no-store', 'content-type': '*/*', 'content-length': file.length };

process.once('message', (place: ClientConfig) => void serve(place));
process.once('disconnect', () => process.exit());

async function serve(place: ClientConfig): Promise<void> {
  const database = new Client({ ...place, pipeline: true });
  await database.connect();
  const server = createServer(async (request, response) => {
    await database.query({ name: 'floor', text: 'select $1::text', values: [request.url] });
    response.writeHead(200, head).end(file);
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}
