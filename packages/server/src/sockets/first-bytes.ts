import type { Socket } from 'node:net';

/** How long the unit is that a stream begins with, by its first bytes; `more` before that can be said, `none` when it is another kind. */
export type LengthOf = (start: Uint8Array) => number | 'more' | 'none';

/**
 * Waits for the whole unit that a socket's stream begins with. Nobody else may read from the socket meanwhile.
 *
 * @param then - called once, unless the socket ends before, with all that has come, which is no longer in the socket, and how
 * many bytes of it are the unit; zero: the peer speaks something else, or has left half-way
 */
export function awaitFirstBytes(
  socket: Socket,
  lengthOf: LengthOf,
  then: (start: Buffer, unitBytes: number) => void,
): void {
  const chunks: Buffer[] = [];
  let held = 0;
  let needed = 1;
  const settle = (start: Buffer, unitBytes: number): void => {
    socket.off('readable', look);
    socket.off('end', end);
    then(start, unitBytes);
  };
  const end = (): void => settle(Buffer.concat(chunks), 0);
  const look = (): void => {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
      chunks.push(chunk);
      held += chunk.length;
    }
    while (held >= needed) {
      const start = Buffer.concat(chunks.splice(0));
      chunks.push(start);
      const length = lengthOf(start);
      if (length === 'none' || (length !== 'more' && held >= length)) {
        settle(start, length === 'none' ? 0 : length);
        return;
      }
      needed = length === 'more' ? held + 1 : length;
    }
  };
  socket.on('readable', look);
  socket.on('end', end);
  // What was put back into the socket in this very turn is not announced.
  look();
}
