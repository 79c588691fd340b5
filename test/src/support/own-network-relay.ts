// Runs where a program's network is (see own-network.ts). Arguments: path of the Unix socket to listen on, pattern that finds
// the program's port in what it prints, the program and its arguments. Prints a line when the socket leads to the program.
// Ends with the program, and ends it when stdin is closed, however whoever started this went away.
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';

const [path = '', tellsPort = '', program = '', ...args] = process.argv.slice(2);

const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
child.once('error', ({ message }) => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
});
child.once('exit', (code) => process.exit(code ?? 1));
process.stdin.once('end', () => child.kill()).resume();

let printed = '';
let port: string | undefined;
const relay = createServer({ allowHalfOpen: true }, (client) => {
  const onwards = connect({ host: '127.0.0.1', port: Number(port), allowHalfOpen: true });
  pipeline(client, onwards, client, () => client.destroy());
});
child.stdout.on('data', (chunk: Buffer) => {
  if (port !== undefined) return;
  printed += chunk;
  port = new RegExp(tellsPort).exec(printed)?.[1];
  if (port !== undefined) relay.listen(path, () => process.stdout.write('ready\n'));
});
