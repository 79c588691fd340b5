import type { StateName } from '@opencapf/protocol';

/** How far a session came: TCP is being set up, TLS is, then the states of the wire. */
export type Stage = 'connecting' | 'handshaking' | StateName;

/**
 * How a phone leaves: `reset` by a TCP RST; `destroy` by closing the socket at once; `close` in good order, close_notify and
 * FIN; `halfClose` so, but reading on until the server closes; `silence` by saying nothing more until the server closes.
 */
export type Departure = 'reset' | 'destroy' | 'close' | 'halfClose' | 'silence';
