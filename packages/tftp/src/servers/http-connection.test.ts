import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { FileSource } from '../building/served-file.js';
import { createHttpFileServer } from './http-file-server.js';
import { endServer, listenOnLoopback, sampleFiles } from './servers.test.support.js';

const get = (path: string): string => `GET /${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

describe('a connection to the HTTP server of files', () => {
  const files = sampleFiles({
    small: Buffer.from('small'),
    other: Buffer.from('other'),
    big: Buffer.alloc(40_000_000),
  });
  let server: Server;
  let port = 0;
  let ended: Promise<unknown> = Promise.resolve();
  let findsAtOnce = 0;
  let mostFinds = 0;
  let hold: Promise<void> = Promise.resolve();
  before(async () => {
    const source: FileSource = {
      async find(name, peer) {
        findsAtOnce += 1;
        mostFinds = Math.max(mostFinds, findsAtOnce);
        await hold;
        findsAtOnce -= 1;
        return await files.source.find(name, peer);
      },
    };
    const perAddress = { most: 2, countedAs: (address: string) => address };
    server = createHttpFileServer(source, files.events, { connections: 100, perAddress, patienceMs: 10_000 });
    server.on('connection', (socket: Socket) => {
      ended = new Promise((resolve) => socket.once('close', resolve));
    });
    port = await listenOnLoopback(server);
  });
  after(() => endServer(server));

  /** A client that has sent something, and what came. */
  async function client(sent: string): Promise<{ socket: Socket; until: (text: string) => Promise<void> }> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(sent);
    let came = '';
    return {
      socket,
      async until(text) {
        while (!came.includes(text)) came += String(await once(socket, 'data'));
      },
    };
  }
  const told = (beginning: string): number => files.told.filter((line) => line.startsWith(beginning)).length;

  it('has fetched a file when it is used again, or closed in order, after that', async () => {
    const { socket, until } = await client(get('small'));
    await until('small');
    assert.equal(told('served small'), 0);
    socket.write(get('other'));
    await until('other');
    assert.deepEqual([told('served small'), told('served other')], [1, 0]);
    socket.end();
    await ended;
    assert.equal(told('served other'), 1);
  });

  it('has not fetched what it was cut off from, by either side', async () => {
    const before = files.told.length;
    const reset = await client(get('small'));
    await reset.until('small');
    reset.socket.resetAndDestroy();
    await ended;
    const stalled = await client(get('big'));
    await stalled.until('200 OK');
    stalled.socket.pause();
    server.closeAllConnections();
    await ended;
    stalled.socket.destroy();
    assert.deepEqual(files.told.slice(before), []);
  });

  it('has one file looked for at a time, and is closed when it asks for very many at once', async () => {
    let release = (): void => undefined;
    hold = new Promise((resolve) => {
      release = resolve;
    });
    mostFinds = 0;
    const { socket, until } = await client(get('small').repeat(4) + get('other'));
    release();
    await until('other');
    socket.destroy();
    await ended;
    assert.equal(mostFinds, 1);

    hold = new Promise(() => undefined);
    const greedy = await client(get('small').repeat(500));
    await once(greedy.socket, 'close');
    assert.ok(told('requests-too-many GET /small') > 0);
    hold = Promise.resolve();
  });

  it('gets no answer to what is malformed behind an answer under way', async () => {
    let release = (): void => undefined;
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const { socket } = await client(`${get('small')}BREW /x HTTP/1.1\r\n\r\n`);
    const came: Buffer[] = [];
    socket.on('data', (bytes) => came.push(bytes));
    await once(socket, 'close');
    assert.equal(Buffer.concat(came).toString(), '');
    release();
    hold = Promise.resolve();
  });

  it('is closed at once where its address has as many as it may', async () => {
    const first = await client(get('small'));
    await first.until('small');
    const second = await client(get('small'));
    await second.until('small');
    const third = await client(get('small'));
    await once(third.socket, 'close');
    await files.heard('connections-too-many');
    first.socket.end();
    second.socket.end();
    await ended;
    await Promise.all([once(first.socket, 'close'), once(second.socket, 'close')]);
  });

  it('outlives a fault of the listener', async () => {
    server.emit('error', new Error('no descriptor is left'));
    await files.heard('failed  no descriptor is left');
  });
});
