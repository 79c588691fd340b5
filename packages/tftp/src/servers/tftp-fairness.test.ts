import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { LongFile } from '../building/served-file.js';
import { tftpDownload } from '../testing/index.js';
import { acknowledgement, isData, type Packet, rawClient, request, sampleFiles } from './servers.test.support.js';
import { openTftpServer, type TftpServer } from './tftp-server.js';

const content = Buffer.from(Array.from({ length: 2_000 }, (_, at) => (at * 7) % 251));
const given: Record<string, Uint8Array | LongFile> = {
  blocks: content.subarray(0, 1_024),
  other: Buffer.from('other'),
};
const files = sampleFiles(given);
given['long'] = files.longFile('long', content);
given['gone'] = files.longFile('gone', content, 1_000);
describe('the TFTP server, of clients that are not as one would have them,', () => {
  let server: TftpServer;
  let port = 0;
  before(async () => {
    const perAddress = { most: 2, countedAs: (address: string) => address };
    const options = { host: '127.0.0.1', port: 0, mostTransfers: 10, perAddress, timeoutMs: 100 };
    server = await openTftpServer(files.source, files.events, options);
    port = server.address.port;
  });
  after(async () => await server.stop(0));

  /** The next packet that is not one that came before, sent again. */
  async function nextBut(client: { next: () => Promise<Packet> }, known: Packet): Promise<Packet> {
    for (;;) {
      const came = await client.next();
      if (came.from !== known.from) return came;
    }
  }

  it('answers one that asks again from the same port while its last acknowledgement is missed', async () => {
    await using client = await rawClient(port);
    client.say(request('blocks', 'octet'));
    const first = await client.next();
    client.say(acknowledgement(1), first.from);
    while (!isData(2)((await client.next()).packet));
    client.say(acknowledgement(2), first.from);
    while (!isData(3)((await client.next()).packet));
    // Its last acknowledgement is lost.
    client.say(request('blocks', 'octet'));
    const again = await nextBut(client, first);
    assert.ok(isData(1)(again.packet));
    await files.heard('transfer-replaced blocks');
    client.say(request('other', 'octet'));
    const other = await nextBut(client, again);
    assert.equal(other.packet.subarray(4).toString(), 'other');
    client.say(acknowledgement(1), other.from);
    await files.heard('served other tftp');
  });

  it('gives one address its share, of which a silent transfer makes room, and others theirs', async () => {
    await using busy = await rawClient(port);
    await using second = await rawClient(port);
    await using third = await rawClient(port);
    busy.say(request('blocks', 'octet', 'timeout', '5'));
    const { from } = await busy.next();
    busy.say(acknowledgement(0), from);
    await busy.next();
    second.say(request('blocks', 'octet'));
    await second.next();
    // The second has acknowledged nothing, and is as good as nobody.
    third.say(request('blocks', 'octet', 'timeout', '5'));
    const answered = await third.next();
    await files.heard('transfer-evicted blocks');
    third.say(acknowledgement(0), answered.from);
    await third.next();
    second.say(request('blocks', 'octet'));
    await files.heard('transfers-too-many blocks');
    for (const [client, to] of [
      [busy, from],
      [third, answered.from],
    ] as const) {
      client.say(Buffer.from([0, 5, 0, 0, 0]), to);
    }
    await files.heard('transfer-refused-by-client blocks');
  });

  it('tells one that names an option twice by the code for options', async () => {
    await using client = await rawClient(port);
    client.say(request('blocks', 'octet', 'tsize', '0', 'TSIZE', '0'));
    assert.equal((await client.next()).packet.readUInt32BE(0), (5 << 16) + 8);
  });

  it('grants no timeout that it would not keep', async () => {
    const granted = async (timeout: number) => {
      const answer = await tftpDownload({ port, name: 'other', options: { timeout } });
      return 'bytes' in answer ? answer.granted : answer;
    };
    assert.deepEqual(await granted(5), { timeout: '5' });
    assert.deepEqual(await granted(6), {});
    assert.deepEqual(await granted(255), {});
  });

  it('reads a long file while it sends it, and closes it', async () => {
    for (const options of [{}, { blksize: 1_000 }]) {
      const answer = await tftpDownload({ port, name: 'long', options });
      assert.ok('bytes' in answer && answer.bytes.equals(content));
    }
    await files.heard('served long tftp', 2);
    await files.heard('closed long', 2);
    assert.deepEqual(await tftpDownload({ port, name: 'gone' }), { error: 0, message: 'Try again later' });
    await files.heard('failed gone became shorter');
    await files.heard('closed gone');
  });
});
