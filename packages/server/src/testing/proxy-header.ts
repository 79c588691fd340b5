import { isIPv4 } from 'node:net';

/** What a balancer says of a connection. */
export interface ProxyHeaderParts {
  readonly versionAndCommand?: number;
  readonly familyAndTransport?: number;
  /** Of the phone; the balancer's own are of no interest. */
  readonly address?: string;
  readonly port?: number;
  /** Extensions, or what stands in their place. */
  readonly rest?: Uint8Array;
}

/** A header of PROXY protocol v2, by default on behalf of 192.0.2.7, port 50000. */
export function proxyHeader({
  versionAndCommand = 0x21,
  address = '192.0.2.7',
  familyAndTransport = isIPv4(address) ? 0x11 : 0x21,
  port = 50_000,
  rest = Buffer.alloc(0),
}: ProxyHeaderParts = {}): Buffer {
  const source = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : sixteenBytes(address);
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(port, 0);
  ports.writeUInt16BE(3804, 2);
  const body = Buffer.concat([source, Buffer.alloc(source.length), ports, rest]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length);
  return Buffer.concat([
    Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'),
    Buffer.from([versionAndCommand, familyAndTransport]),
    length,
    body,
  ]);
}

/** @param address - IPv6 with all of its groups in hexadecimal */
function sixteenBytes(address: string): Buffer {
  return Buffer.from(
    address
      .split(':')
      .map((group) => group.padStart(4, '0'))
      .join(''),
    'hex',
  );
}
