/**
 * A crowd of strangers on loopback, in a process of its own so that it takes no time from the phone that is measured.
 * Told by one message what to do; says so when all have come, and ends when it is disconnected or its time is over.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterGreeting, beforeTls, greetingOn, type Surroundings } from './strangers.js';

/** What the crowd is told. */
export interface CrowdOrders extends Surroundings {
  readonly port: number;
  /** What vouches for the service, PEM. */
  readonly ca: string;
  readonly strangers: number;
  /** How long the crowd stays, in milliseconds. */
  readonly forMs: number;
}

const addresses = Array.from({ length: 9 }, (_, index) => `127.0.0.${index + 1}`);
const kinds = [
  ...Object.values(beforeTls).map((act) => ({ tls: false, act }) as const),
  ...Object.values(afterGreeting).map((act) => ({ tls: true, act }) as const),
];

process.once('message', (orders: CrowdOrders) => {
  const until = performance.now() + orders.forMs;
  const sockets = new Set<Socket>();
  let met = 0;
  const come = (stranger: number): void => {
    if (performance.now() > until) return;
    const kind = kinds[stranger % kinds.length] ?? kinds[0];
    if (kind === undefined) return;
    const localAddress = addresses[Math.floor(stranger / kinds.length) % addresses.length];
    const tcp = connect({
      host: '127.0.0.1',
      port: orders.port,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    sockets.add(tcp);
    // Renewed when the service closes, at the latest after some seconds.
    const leaving = setTimeout(() => tcp.destroy(), 2_000 + Math.random() * 4_000);
    tcp.on('error', () => undefined);
    tcp.once('close', () => {
      clearTimeout(leaving);
      sockets.delete(tcp);
      setTimeout(() => come(stranger), 2_000 + Math.random() * 3_000);
    });
    tcp.once('connect', () => {
      met += 1;
      if (met === orders.strangers) process.send?.('all have come');
      if (!kind.tls) return kind.act(tcp);
      const socket = connectTls({
        socket: tcp,
        ca: orders.ca,
        checkServerIdentity: () => undefined,
        maxVersion: stranger % 2 === 0 ? 'TLSv1.3' : 'TLSv1.2',
      });
      socket.on('error', () => undefined);
      greetingOn(socket, (greeting) => kind.act(socket, greeting, orders));
    });
  };
  for (let stranger = 0; stranger < orders.strangers; stranger++)
    setTimeout(() => come(stranger), Math.random() * 1_000);
  setTimeout(() => {
    for (const socket of sockets) socket.destroy();
    process.disconnect();
  }, orders.forMs);
});
process.once('disconnect', () => process.exit());
