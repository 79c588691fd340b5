import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { LongFile } from '../building/served-file.js';
import { createHttpFileServer } from './http-file-server.js';
import { endServer, listenOnLoopback, sampleFiles } from './servers.test.support.js';

const run = promisify(execFile);
const file = Buffer.from('<device/>\r\n\0ä', 'latin1');
const name = 'SEPA45630BBFA40.cnf.xml.sgn';
const big = Buffer.alloc(3_000_000, 7);
const given: Record<string, Uint8Array | LongFile> = { [name]: file, 'a b.xml': Buffer.from('blank'), 'big.bin': big };
const files = sampleFiles(given);
given['long.bin'] = files.longFile('long.bin', big);
given['gone.bin'] = files.longFile('gone.bin', big, 1_000_000);

describe('the HTTP server of files', () => {
  let server: Server;
  let port = 0;
  before(async () => {
    server = createHttpFileServer(files.source, files.events, { connections: 100, patienceMs: 10_000 });
    port = await listenOnLoopback(server);
  });
  after(() => endServer(server));

  /** Sends bytes and gives what comes until the server closes. */
  async function raw(request: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.write(request, 'latin1');
    await once(socket, 'close');
    return Buffer.concat(chunks).toString('latin1');
  }
  const ask = async (line: string): Promise<string> => await raw(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`);

  it('gives a file as the source documents captured it', async () => {
    const answer = await ask(`GET /${name} HTTP/1.1`);
    const [head = '', body] = answer.split(/\r\n\r\n([\s\S]*)/);
    assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(head, /^cache-control: no-store$/im);
    assert.match(head, /^content-type: \*\/\*$/im);
    assert.match(head, new RegExp(`^content-length: ${file.length}$`, 'im'));
    assert.equal(body, file.toString('latin1'));
    await files.heard(`served ${name} http`);
    assert.match(await ask('GET /a%20b.xml HTTP/1.0'), /^HTTP\/1\.1 200[\s\S]*blank$/);
  });

  it('gives the head alone to HEAD, and does not count that as fetched', async () => {
    const before = files.told.length;
    const answer = await ask('HEAD /big.bin HTTP/1.1');
    assert.match(answer, /^HTTP\/1\.1 200[\s\S]*content-length: 3000000[\s\S]*\r\n\r\n$/i);
    assert.equal(files.told.length, before);
  });

  it('gives several files on one connection, long ones whole', async () => {
    const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
    const answer = await raw(get(`/${name}`) + get('/none') + get('/big.bin', 'Connection: close\r\n'));
    assert.equal(answer.match(/HTTP\/1\.1 200 OK/g)?.length, 2);
    assert.equal(answer.match(/HTTP\/1\.1 404 Not Found/g)?.length, 1);
    assert.equal(answer.length > 3_000_000, true);
  });

  it('reads a long file while it sends it, and cuts the answer off where it cannot', async () => {
    const body = async (path: string) => (await ask(`GET /${path} HTTP/1.1`)).split(/\r\n\r\n([\s\S]*)/)[1] ?? '';
    assert.ok(big.equals(Buffer.from(await body('long.bin'), 'latin1')));
    await files.heard('served long.bin http');
    await files.heard('closed long.bin');
    assert.match(
      await ask('HEAD /long.bin HTTP/1.1'),
      /^HTTP\/1\.1 200[\s\S]*content-length: 3000000[\s\S]*\r\n\r\n$/i,
    );
    const cutOff = await body('gone.bin');
    assert.ok(cutOff.length <= 1_000_000);
    await files.heard('failed gone.bin became shorter');
    await files.heard('closed gone.bin');
    assert.ok(!files.told.includes('served gone.bin http'));
  });

  it('says of whatever else no more than that it is not there', async () => {
    for (const path of [
      '/',
      '//',
      `//${name}`,
      `/./${name}`,
      `/x/../${name}`,
      `/${name}?`,
      `/${name}?x=1`,
      `/${name}#x`,
      `/${name}/`,
      `/${name}%00`,
      `/${name}%`,
      '/%e0%a4%a',
      '/..%2f..%2fetc%2fpasswd',
      '/%2e%2e/%2e%2e/etc/passwd',
      `https://x/${name}`,
      `http://x/../${name}`,
      `/${'x'.repeat(4_000)}`,
      '*',
      '/__proto__',
      '/constructor',
    ]) {
      const answer = await ask(`GET ${path} HTTP/1.1`);
      assert.match(answer, /^HTTP\/1\.1 404 [\s\S]*\r\n\r\n$/, path.slice(0, 40));
      assert.doesNotMatch(answer, /device|passwd|root/);
    }
    assert.ok(files.told.some((line) => line.startsWith('name-malformed /%e0%a4%a')));
  });

  it('refuses odd methods, and what is no request', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'PATCH']) {
      const answer = await ask(`${method} /${name} HTTP/1.1`);
      assert.match(answer, /^HTTP\/1\.1 405 [\s\S]*^allow: GET, HEAD$/im, method);
    }
    await files.heard(`method-not-allowed PUT /${name}`);
    const odd: readonly (readonly [string, RegExp, string])[] = [
      ['BREW /x HTTP/1.1', /^HTTP\/1\.1 400 /, 'request-malformed BREW /x HTTP/1.1'],
      [`GET /${'x'.repeat(20_000)} HTTP/1.1`, /^HTTP\/1\.1 431 /, 'request-too-long GET /xxx'],
      ['\0\0\0\0', /^HTTP\/1\.1 400 /, 'request-malformed ????'],
      ['CONNECT x:1 HTTP/1.1', /^HTTP\/1\.1 405 /, 'method-not-allowed CONNECT x:1'],
    ];
    for (const [line, status, told] of odd) {
      const answer = await raw(`${line}\r\n\r\n`);
      assert.match(answer, status, line.slice(0, 20));
      assert.match(answer, /^cache-control: no-store$/im);
      await files.heard(told);
    }
  });

  it('gives files to clients that name no host, name a whole URL, or expect something', async () => {
    for (const request of [
      `GET /${name} HTTP/1.1\r\nConnection: close`,
      `GET http://x/${name} HTTP/1.1\r\nHost: x\r\nConnection: close`,
      `GET /${name} HTTP/1.1\r\nHost: x\r\nExpect: weird\r\nConnection: close`,
      `GET /${name} HTTP/1.0`,
    ]) {
      assert.match(await raw(`${request}\r\n\r\n`), /^HTTP\/1\.1 200 OK\r\n/, request);
    }
  });

  it('says that it can be tried again when it cannot be found out now', async () => {
    assert.match(await ask('GET /broken HTTP/1.1'), /^HTTP\/1\.1 503 /);
    await files.heard('failed broken away');
    assert.match(await ask('GET /busy HTTP/1.1'), /^HTTP\/1\.1 503 [\s\S]*^retry-after: 5$/im);
    await files.heard('busy busy http');
  });

  it('gives files to curl', async (t) => {
    const get = async (path: string) =>
      await run('curl', ['--silent', '--fail', '--path-as-is', `http://127.0.0.1:${port}/${path}`], {
        encoding: 'buffer',
      });
    try {
      assert.deepEqual((await get(name)).stdout, file);
    } catch (fault) {
      const isMissing = (fault as NodeJS.ErrnoException).code === 'ENOENT' && process.env['CI'] === undefined;
      if (!isMissing) throw fault;
      t.skip('curl is not installed');
      return;
    }
    await assert.rejects(get(`../${name}`));
  });
});
