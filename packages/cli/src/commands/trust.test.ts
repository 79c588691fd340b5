import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/opencapf.js', import.meta.url));
const item = {
  sha256: 'aa',
  purpose: 'mic',
  source: 'file',
  subject: 'CN=Root',
  notAfter: '2030-01-31T00:00:00.000Z',
  allowExpired: false,
  useCount: 7,
};

describe('opencapf trust', () => {
  let service: Server;
  let directory: string;
  let calls: { readonly call: string; readonly type: string | undefined; readonly body: string }[];
  let status: number;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'opencapf-trust-'));
    service = createServer(async (request, reply) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk as Uint8Array);
      const body = Buffer.concat(chunks).toString('hex');
      calls.push({ call: `${request.method} ${request.url}`, type: request.headers['content-type'], body });
      const answer =
        status === 204 ? '' : JSON.stringify(status < 300 ? { items: [item] } : { detail: 'not this one' });
      reply.writeHead(status, { 'content-type': 'application/json' }).end(answer);
    });
    service.listen(0, '127.0.0.1');
    await once(service, 'listening');
  });
  after(async () => {
    service.close();
    await rm(directory, { recursive: true });
  });
  beforeEach(() => {
    calls = [];
    status = 200;
  });

  const run = async (...args: readonly string[]): Promise<{ code: number; out: string; err: string }> =>
    await new Promise((resolve) => {
      const { port } = service.address() as AddressInfo;
      const env = {
        ...process.env,
        OPENCAPF_SERVER: `http://127.0.0.1:${port}`,
        OPENCAPF_TOKEN: 'token-of-sixteen-or-more',
      };
      execFile(process.execPath, [program, 'trust', ...args], { cwd: directory, env }, (fault, out, err) => {
        resolve({ code: fault === null ? 0 : Number(fault.code), out, err });
      });
    });

  it('lists what is trusted, a certificate a line', async () => {
    const { code, out } = await run('list', '--purpose', 'mic');
    assert.deepEqual([code, out], [0, 'mic  aa  until 2030-01-31  used 7  CN=Root  from a file\n']);
    assert.equal(calls[0]?.call, 'GET /v1/trust-certificates?limit=1000&purpose=mic');
    assert.deepEqual(JSON.parse((await run('list', '--json')).out), { items: [item] });
  });

  it('sends a file byte by byte, with its purpose', async () => {
    await writeFile(join(directory, 'chain.p7b'), Buffer.from([0x30, 0x80, 0xff, 0x00]));
    status = 201;
    const { code } = await run('add', 'chain.p7b', '--purpose', 'foreignCapf', '--allow-expired');
    assert.equal(code, 0);
    assert.deepEqual(calls, [
      {
        call: 'POST /v1/trust-certificates?purpose=foreignCapf&allowExpired=true',
        type: 'application/pkcs7-mime',
        body: '3080ff00',
      },
    ]);
  });

  it('says in one line why something is not taken, and ends with a status that tells', async () => {
    const missing = await run('add', 'none.pem');
    assert.deepEqual([missing.code, calls.length], [2, 0]);
    assert.match(missing.err, /^opencapf: cannot read .*none\.pem: ENOENT\n$/);
    status = 422;
    await writeFile(join(directory, 'leaf.pem'), 'leaf');
    const refused = await run('add', 'leaf.pem');
    assert.deepEqual([refused.code, refused.err], [1, 'opencapf: not this one\n']);
  });

  it('removes by SHA-256', async () => {
    status = 204;
    assert.equal((await run('remove', 'AA:BB')).code, 0);
    assert.equal(calls[0]?.call, 'DELETE /v1/trust-certificates/AA%3ABB');
  });
});
