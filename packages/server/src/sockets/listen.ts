import type { AddressInfo, ListenOptions, Server } from 'node:net';
import { ServerError } from '../errors.js';
import type { IpMode } from './ip-mode.js';

/** Where to listen, and which settings say so. */
export interface ListenPlace {
  /** Undefined: every address, IPv6 too where the machine has it. */
  readonly host: string | undefined;
  readonly port: number;
  readonly hostSetting: string;
  readonly portSetting: string;
  /** The kind of address to take where no host is given; both by default. */
  readonly ipMode?: IpMode;
}

/**
 * Opens a listener.
 *
 * @returns the address bound, with the port that the system chose where 0 was asked for
 * @throws ServerError `listen-failed`, naming the setting to change
 */
export async function listen(server: Server, place: ListenPlace): Promise<AddressInfo> {
  const { host = place.ipMode === 'ipv4' ? '0.0.0.0' : '::', port, ipMode } = place;
  try {
    return await bind(server, { host, port, ipv6Only: ipMode === 'ipv6' });
  } catch (fault) {
    const { code } = fault as NodeJS.ErrnoException;
    const ipv6Absent =
      place.host === undefined && ipMode !== 'ipv6' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL');
    if (!ipv6Absent) throw listenFault(fault, place);
  }
  try {
    return await bind(server, { host: '0.0.0.0', port });
  } catch (fault) {
    throw listenFault(fault, place);
  }
}

/** An address as it is written in a URL: `127.0.0.1:3804`, `[::]:3804`. */
export function addressText({ address, port }: Pick<AddressInfo, 'address' | 'port'>): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** How many connections the kernel holds while we are busy: where it has no room, phones wait a second and longer. */
const backlog = 4096;

function bind(server: Server, options: ListenOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...options, backlog }, () => {
      server.off('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}

/** Why a listener cannot be opened, naming the setting to change. */
export function listenFault(
  fault: unknown,
  { host, port, hostSetting, portSetting }: Omit<ListenPlace, 'ipMode'>,
): ServerError {
  const { code, message } = fault as NodeJS.ErrnoException;
  const where = addressText({ address: host ?? '::', port });
  const words =
    code === 'EADDRINUSE'
      ? `${portSetting}: port ${port} is in use (${where}); stop what listens there, or set another port`
      : code === 'EACCES'
        ? `${portSetting}: this user may not listen on port ${port}; choose one above 1023, or give the right to`
        : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EINVAL'
          ? `${hostSetting}: ${host} is not an address of this machine`
          : `${hostSetting}, ${portSetting}: cannot listen on ${where} (${message})`;
  return new ServerError('listen-failed', words, { cause: fault });
}
