import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { tftpDownload } from '../testing/index.js';
import { acknowledgement, isData, rawClient, request, sampleFiles } from './servers.test.support.js';
import { openTftpServer, type TftpServer } from './tftp-server.js';

const run = promisify(execFile);
const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, at) => (at * 7) % 251));
const files = sampleFiles({
  'SEPA45630BBFA40.cnf.xml.sgn': bytes(1_500),
  empty: Buffer.alloc(0),
  blocks: bytes(1_024),
  text: Buffer.from('a\nb\r\nc\0'),
  long: bytes(600_000),
});
const name = 'SEPA45630BBFA40.cnf.xml.sgn';

describe('the TFTP server', () => {
  let server: TftpServer;
  let port = 0;
  before(async () => {
    const options = { host: '127.0.0.1', port: 0, mostTransfers: 300, timeoutMs: 100 };
    server = await openTftpServer(files.source, files.events, options);
    port = server.address.port;
  });
  after(async () => await server.stop(0));

  const fetched = async (file: string, more: object = {}) => {
    const answer = await tftpDownload({ port, name: file, ...more });
    assert.ok('bytes' in answer, JSON.stringify(answer));
    return answer;
  };

  it('gives files, those of whole blocks and empty ones too, and says when the phone has all of one', async () => {
    assert.deepEqual((await fetched(name)).bytes, bytes(1_500));
    await files.heard(`served ${name} tftp`);
    assert.deepEqual((await fetched('blocks')).bytes, bytes(1_024));
    assert.deepEqual((await fetched('empty')).bytes, Buffer.alloc(0));
    assert.deepEqual((await fetched('long', { options: { blksize: 1_428 } })).bytes, bytes(600_000));
  });

  it('gives bytes in every mode', async () => {
    for (const mode of ['octet', 'OCTET', 'netascii']) {
      assert.equal((await fetched('text', { mode })).bytes.toString(), 'a\nb\r\nc\0');
    }
    assert.deepEqual(await tftpDownload({ port, name: 'text', mode: 'mail' }), {
      error: 4,
      message: 'Illegal TFTP operation',
    });
  });

  it('grants blksize, timeout and tsize, and nothing else', async () => {
    const { granted, bytes: got } = await fetched(name, {
      options: { BLKSIZE: 1_000, tsize: 0, timeout: 2, windowsize: 4, nonsense: 'x' },
    });
    assert.deepEqual(granted, { blksize: '1000', timeout: '2', tsize: '1500' });
    assert.deepEqual(got, bytes(1_500));
    assert.deepEqual((await fetched(name, { options: { blksize: 65_464 } })).granted, { blksize: '1428' });
    for (const options of [{ blksize: 7 }, { blksize: 65_465 }, { blksize: 'x' }, { timeout: 0 }, { timeout: 256 }]) {
      assert.deepEqual((await fetched(name, { options })).granted, {});
    }
  });

  it('counts blocks beyond 16 bits', async () => {
    const long = sampleFiles({ f: bytes(8 * 65_600) });
    const own = await openTftpServer(long.source, long.events, {
      host: '::1',
      port: 0,
      mostTransfers: 1,
      timeoutMs: 1_000,
    });
    const answer = await tftpDownload({ host: '::1', port: own.address.port, name: 'f', options: { blksize: 8 } });
    await own.stop(0);
    assert.ok('bytes' in answer && answer.bytes.equals(bytes(8 * 65_600)));
  });

  it('says what is not there, and takes no files', async () => {
    assert.deepEqual(await tftpDownload({ port, name: '../etc/passwd' }), { error: 1, message: 'File not found' });
    for (const passing of ['broken', 'busy']) {
      assert.deepEqual(await tftpDownload({ port, name: passing }), { error: 0, message: 'Try again later' });
    }
    await using client = await rawClient(port);
    client.say(Buffer.concat([Buffer.from([0, 2]), Buffer.from('SEP1.cnf.xml\0octet\0')]));
    assert.equal((await client.next()).packet.readUInt32BE(0), (5 << 16) + 2);
    await files.heard('write-refused SEP1.cnf.xml tftp');
  });

  it('sends again what is lost, and gives up on whoever is gone', async () => {
    await using client = await rawClient(port);
    client.say(request(name, 'octet'));
    const { packet, from } = await client.next();
    assert.ok(isData(1)(packet));
    assert.deepEqual(await client.next(), { packet, from });
    // The same request again is the same transfer, and an acknowledgement that comes twice is one.
    client.say(request(name, 'octet'));
    client.say(acknowledgement(1), from);
    client.say(acknowledgement(1), from);
    let second = await client.next();
    while (isData(1)(second.packet)) second = await client.next();
    assert.ok(isData(2)(second.packet));
    assert.equal(second.from, from);
    await files.heard('transfer-given-up');
  });

  it('answers nobody but the peer of a transfer, and is not led astray', async () => {
    await using client = await rawClient(port);
    await using stranger = await rawClient(port);
    client.say(request('blocks', 'octet'));
    const { from } = await client.next();
    for (const said of [acknowledgement(1), Buffer.from([0, 5, 0, 0, 0]), request(name, 'octet')])
      stranger.say(said, from);
    assert.equal((await stranger.next()).packet.readUInt32BE(0), (5 << 16) + 5);
    client.say(acknowledgement(1), from);
    let next = await client.next();
    while (isData(1)(next.packet)) next = await client.next();
    assert.ok(isData(2)(next.packet));
    client.say(Buffer.from([0, 5, 0, 0, 0]), from);
  });

  it('outlives any packet', async () => {
    await using client = await rawClient(port);
    const packet = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc
        .tuple(fc.integer({ min: 0, max: 7 }), fc.uint8Array({ maxLength: 60 }))
        .map(([kind, rest]) => Buffer.from([0, kind, ...rest])),
      fc
        .array(fc.constantFrom('octet', 'x', '', 'blksize', '8', 'tsize', '../..', 'long'), { maxLength: 8 })
        .map((words) => request(...words)),
    );
    // The seed is in the report when it fails.
    for (const one of fc.sample(packet, { numRuns: 300, seed: 7 })) client.say(Buffer.from(one));
    assert.deepEqual((await fetched(name, { timeoutMs: 300 })).bytes, bytes(1_500));
  });

  it('completes 200 transfers at once while a packet in fifty is lost', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        let state = n + 1;
        const isLost = (): boolean => {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
          return (state >>> 16) % 50 === 0;
        };
        return await tftpDownload({
          port,
          name,
          options: n % 2 === 0 ? { blksize: 1_428 } : {},
          timeoutMs: 300,
          isLost,
        });
      }),
    );
    for (const answer of answers) assert.ok('bytes' in answer && answer.bytes.equals(bytes(1_500)));
  });

  it('has a client that never answers make room for others, and answers nobody beyond its bound', async () => {
    const options = { host: '127.0.0.1', port: 0, mostTransfers: 1, timeoutMs: 100 };
    const own = await openTftpServer(files.source, files.events, options);
    const { port: to } = own.address;
    await using stranger = await rawClient(to);
    stranger.say(request('blocks', 'octet', 'timeout', '255'));
    await stranger.next();
    assert.ok('bytes' in (await tftpDownload({ port: to, name, timeoutMs: 5_000 })), 'the stranger holds its place');

    await using client = await rawClient(to);
    client.say(request('blocks', 'octet'));
    const { from } = await client.next();
    client.say(acknowledgement(1), from);
    let next = await client.next();
    while (isData(1)(next.packet)) next = await client.next();
    const waiting = tftpDownload({ port: to, name, timeoutMs: 200 });
    await files.heard('transfers-too-many');
    client.say(Buffer.from([0, 5, 0, 0, 0]), from);
    assert.ok('bytes' in (await waiting));
    await own.stop(5_000);
  });

  it('gives files to a client of Debian', async (t) => {
    const home = await mkdtemp(join(tmpdir(), 'opencapf-tftp-'));
    try {
      const to = join(home, 'file');
      await run('tftp', ['-m', 'binary', '127.0.0.1', String(port), '-c', 'get', name, to], { timeout: 20_000 });
      assert.deepEqual(await readFile(to), bytes(1_500));
      const { stdout } = await run('curl', ['--silent', `tftp://127.0.0.1:${port}/${name}`], { encoding: 'buffer' });
      assert.deepEqual(stdout, bytes(1_500));
    } catch (fault) {
      const isMissing = (fault as NodeJS.ErrnoException).code === 'ENOENT' && process.env['CI'] === undefined;
      if (!isMissing) throw fault;
      t.skip('tftp-hpa or curl is not installed');
    } finally {
      await rm(home, { recursive: true });
    }
  });
});
