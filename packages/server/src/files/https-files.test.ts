import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { createFileServerCertificate, createSigner, exportPkcs8Pem, generateKeyPair, toPem } from '@opencapf/pki';
import { resolveSettings } from '@opencapf/store';
import { makeLog } from '../log.js';
import { type HttpsFiles, openHttpsFiles } from './https-files.js';

async function identity() {
  const keyPair = await generateKeyPair({ kind: 'ec', size: 256 });
  const der = await createFileServerCertificate(createSigner(keyPair));
  return { der, cert: toPem('CERTIFICATE', der), key: exportPkcs8Pem(keyPair.privateKey) };
}

describe('the HTTPS server of files', () => {
  let hear: (line: string) => void = () => undefined;
  let server: HttpsFiles;
  let own: Awaited<ReturnType<typeof identity>>;
  let phone: Awaited<ReturnType<typeof identity>>;
  before(async () => {
    [own, phone] = [await identity(), await identity()];
    server = await openHttpsFiles({
      settings: resolveSettings({ tftpHost: '127.0.0.1' }),
      ...{ port: 0, identity: own, log: makeLog('silent') },
      files: {
        find: async (name, { certificate }) => {
          const shown = certificate === undefined ? 'nothing' : Buffer.from(certificate).toString('hex');
          return { found: true, file: { name, bytes: Buffer.from(shown) } };
        },
      },
      events: {
        served: () => undefined,
        refused: (code, _name, { transport }) => hear(`${code} ${transport}`),
        failed: (fault) => hear(String(fault)),
      },
      bounds: { connections: 3, patienceMs: 1_000 },
    });
  });
  after(async () => await server.stop(0));

  const client = async (shown: object = {}): Promise<TLSSocket> => {
    const { port } = server.address;
    const checkServerIdentity = (): undefined => undefined;
    const socket = connect({ host: '127.0.0.1', port, ca: own.cert, checkServerIdentity, ...shown });
    await once(socket, 'secureConnect');
    return socket;
  };
  const answer = async (socket: TLSSocket, sent: string): Promise<string> => {
    socket.on('error', () => undefined).write(sent);
    return Buffer.concat(await socket.toArray()).toString();
  };

  it('tells files what a phone has shown, by TLS 1.2 and 1.3, and nothing where it has shown nothing', async () => {
    const request = 'GET /x HTTP/1.1\r\nConnection: close\r\n\r\n';
    const { cert, key, der } = phone;
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const whole = await answer(await client({ cert, key, maxVersion }), request);
      assert.equal(whole.split('\r\n\r\n')[1], Buffer.from(der).toString('hex'));
    }
    assert.match(await answer(await client(), request), /\r\n\r\nnothing$/);
    await assert.rejects(client({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }));
  });

  it('hangs up on a request that does not end, as over HTTP', async () => {
    assert.match(await answer(await client(), 'GET /x HTTP/1.1\r\n'), /^(HTTP\/1\.1 408 [\s\S]*)?$/);
  });

  it('holds so many connections at most, and says whom it refused', async () => {
    const refusedOne = new Promise<void>((resolve) => {
      hear = (line) => {
        if (line === 'connections-too-many https') resolve();
      };
    });
    const held: TLSSocket[] = [];
    for (let n = 0; n < 4; n += 1) {
      // Whoever is refused may be cut off before the handshake is done for it too.
      const socket = await client().catch(() => undefined);
      if (socket !== undefined) held.push(socket.on('error', () => undefined));
    }
    await refusedOne;
    for (const socket of held) socket.destroy();
  });

  it('hangs up on the idle and on strangers when it ends', async () => {
    const idle = await client();
    const stranger = connectTcp(server.address.port, '127.0.0.1').on('error', () => undefined);
    await once(stranger, 'connect');
    const closed = [once(idle.on('error', () => undefined).resume(), 'close'), once(stranger.resume(), 'close')];
    await server.stop(1);
    await Promise.all(closed);
  });
});
