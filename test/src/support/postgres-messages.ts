/** A message of a client of PostgreSQL (PostgreSQL documentation, "Message Formats"). */
export interface FrontendMessage {
  /** One letter; empty for the first message, of start-up. */
  readonly type: string;
  /** With type and length. */
  readonly bytes: Buffer;
}

/** Cuts what one client sends into its messages, however it arrives. */
export function frontendReader(): (chunk: Buffer) => readonly FrontendMessage[] {
  let tail: Buffer = Buffer.alloc(0);
  let typeBytes = 0;
  return (chunk) => {
    tail = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    const messages: FrontendMessage[] = [];
    while (tail.length >= typeBytes + 4) {
      const length = typeBytes + tail.readUInt32BE(typeBytes);
      if (tail.length < length) break;
      messages.push({
        type: typeBytes === 0 ? '' : String.fromCharCode(tail[0] ?? 0),
        bytes: tail.subarray(0, length),
      });
      tail = tail.subarray(length);
      typeBytes = 1;
    }
    return messages;
  };
}

/** The statement that a Bind message names; undefined for other messages. */
export function boundStatement({ type, bytes }: FrontendMessage): string | undefined {
  if (type !== 'B') return undefined;
  const [, statement] = bytes.subarray(5).toString('latin1').split('\0', 2);
  return statement;
}

/** Whether a message begins to listen. */
export function listens({ type, bytes }: FrontendMessage): boolean {
  return type === 'Q' && bytes.subarray(5).toString('latin1').startsWith('listen ');
}
