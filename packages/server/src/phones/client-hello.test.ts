import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { awaitClientHello, clientHelloLength } from './client-hello.js';

const hello = Buffer.from(`160301002a010000260303${'00'.repeat(36)}`, 'hex');
const oldForm = Buffer.from(`802e010301${'00'.repeat(43)}`, 'hex');

/** What the server decided about a peer that does this, and what it left in the socket. */
async function decided(peer: (socket: Socket) => Promise<void> | void): Promise<{ greeted: boolean; left: Buffer }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const phone = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = await accepted;
  try {
    const greeted = new Promise<boolean>((resolve) => awaitClientHello(socket, resolve));
    await peer(phone);
    return { greeted: await greeted, left: (socket.read() as Buffer | null) ?? Buffer.alloc(0) };
  } finally {
    phone.destroy();
    socket.destroy();
    server.close();
  }
}

describe('a greeting', () => {
  it('is a whole record, however it is cut, and is left for TLS', async () => {
    for (const record of [hello, oldForm]) {
      const { greeted, left } = await decided(async (phone) => {
        phone.setNoDelay(true);
        for (const byte of record) {
          phone.write(Buffer.from([byte]));
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
      assert.ok(greeted);
      assert.deepEqual(left, record);
    }
  });

  it('is left with what follows it', async () => {
    const more = Buffer.concat([hello, Buffer.from('more')]);
    const { greeted, left } = await decided((phone) => void phone.write(more));
    assert.ok(greeted);
    assert.deepEqual(left, more);
  });

  for (const [what, bytes] of [
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['CAPF without TLS', Buffer.from('5501000000010004070001' + '03', 'hex')],
    ['SSL 3 or later of an unknown kind', Buffer.from('160201002a0100', 'hex')],
    ['a record larger than any', Buffer.from('160301ffff0100', 'hex')],
    ['another message than ClientHello', Buffer.from('160301002a0200', 'hex')],
    ['an alert', Buffer.from('15030100020100', 'hex')],
    ['an empty record', Buffer.from('16030100000100', 'hex')],
  ] as const) {
    it(`is not ${what}`, async () => {
      assert.equal((await decided((phone) => void phone.write(bytes))).greeted, false);
    });
  }

  it('does not come from a peer that leaves half-way', async () => {
    assert.equal((await decided((phone) => void phone.end(hello.subarray(0, 20)))).greeted, false);
  });

  it('is judged by its first bytes alone: more of them never change what was said', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), fc.nat(11), (bytes, cut) => {
        const early = clientHelloLength(bytes.subarray(0, Math.min(cut, bytes.length)));
        if (early !== 'more') assert.equal(clientHelloLength(bytes), early);
      }),
    );
  });
});
