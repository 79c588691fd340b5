import type { Socket } from 'node:net';
import { awaitFirstBytes } from '../sockets/first-bytes.js';

/** Content type, version, and length of a TLS record. */
const recordHeaderBytes = 5;
const handshake = 22;
const clientHello = 1;
/** The largest record in clear. */
const mostBytes = 16_384;

/** How many bytes a peer's first record has, by its first ones; `more` before that can be said, `none` when it is no ClientHello. */
export function clientHelloLength(start: Uint8Array): number | 'more' | 'none' {
  const [first, second = 0, third, fourth, fifth, sixth] = start;
  if (first === undefined) return 'more';
  // The form of SSL 2, in which old clients offer TLS: two bytes of length, then the message.
  if ((first & 0x80) !== 0) {
    if (third === undefined || fourth === undefined) return 'more';
    const length = 2 + (((first & 0x7f) << 8) | second);
    return third === clientHello && fourth === 3 && length <= mostBytes ? length : 'none';
  }
  if (first !== handshake || (start.length > 1 && second !== 3)) return 'none';
  if (fourth === undefined || fifth === undefined || sixth === undefined) return 'more';
  const length = (fourth << 8) | fifth;
  // A record that ends within the message's header is legal and nobody's: it would buy a handshake for nothing.
  return sixth === clientHello && length >= 4 && length <= mostBytes ? recordHeaderBytes + length : 'none';
}

/**
 * Waits for a peer's whole first record, which is left in the socket for TLS. Whoever stays silent, stops half-way or
 * speaks something else costs a socket until then, and no TLS state.
 *
 * @param then - called once, unless the socket ends before; false: the peer does not speak TLS
 */
export function awaitClientHello(socket: Socket, then: (greeted: boolean) => void): void {
  awaitFirstBytes(socket, clientHelloLength, (start, helloBytes) => {
    const greeted = helloBytes > 0;
    if (greeted) socket.unshift(start);
    then(greeted);
  });
}
