import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** Sets the flags up and running of `lo` (SIOCSIFFLAGS), then becomes the program of its arguments. Every Debian has Perl. */
const loopbackUp = `
use Socket;
socket(my $any, AF_INET, SOCK_DGRAM, 0) or die "socket: $!";
my $wanted = pack("a16 s x22", "lo", 0x41);
ioctl($any, 0x8914, $wanted) or die "lo: $!";
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!";
`;
/** The second is for whoever is not root; where one is forbidden the other may be allowed. */
const ways = [['--net'], ['--map-root-user', '--net']].map((flags) => [...flags, 'perl', '-e', loopbackUp]);
const way = ways.find((args) => spawnSync('unshare', [...args, 'true']).status === 0);

const lacking =
  'A program that would listen on all addresses runs in a network namespace of its own, and none is to be had here. ' +
  'Run this on Linux with unshare and perl, as root or where users may make namespaces.';

/** Why tests that need a network of their own are skipped; false where they run, and in CI, where they fail instead. */
export const skippedWithoutOwnNetwork = way === undefined && process.env['CI'] !== 'true' ? lacking : false;

/** A program that listens in a network where nobody else is. */
export interface OwnNetwork extends AsyncDisposable {
  /** On 127.0.0.1 here: what connects to it reaches the program. */
  readonly port: number;
}

/**
 * Starts a server that cannot be told to listen on loopback alone, where loopback is all there is. A Unix socket leads there.
 *
 * @param tellsPort - Finds the port, as its first group, in what the program prints.
 */
export async function startInOwnNetwork(
  program: string,
  args: readonly string[],
  tellsPort: RegExp,
): Promise<OwnNetwork> {
  if (way === undefined) throw new Error(lacking);
  const directory = await mkdtemp(join(tmpdir(), 'opencapf-network-'));
  const path = join(directory, 'relay');
  const relay = fileURLToPath(new URL('own-network-relay.js', import.meta.url));
  const inside = spawn('unshare', [...way, process.execPath, relay, path, tellsPort.source, program, ...args]);
  const ended = once(inside, 'close');
  let told = '';
  inside.stderr.on('data', (chunk: Buffer) => {
    told += chunk;
  });
  const sockets = new Set<Socket>();
  const outside = createServer({ allowHalfOpen: true }, (client) => {
    sockets.add(client.once('close', () => sockets.delete(client)));
    pipeline(client, connect({ path, allowHalfOpen: true }), client, () => client.destroy());
  });
  const stop = async (): Promise<void> => {
    if (outside.listening) {
      outside.close();
      for (const socket of sockets) socket.destroy();
      await once(outside, 'close');
    }
    inside.stdin.end();
    await ended;
    await rm(directory, { recursive: true });
  };
  const [ready] = await Promise.race([once(inside.stdout, 'data'), ended]);
  if (!Buffer.isBuffer(ready)) {
    await stop();
    throw new Error(`${program} did not start: ${told}`);
  }
  outside.listen(0, '127.0.0.1');
  await once(outside, 'listening');
  return { port: (outside.address() as AddressInfo).port, [Symbol.asyncDispose]: stop };
}
