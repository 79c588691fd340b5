import { readFileSync } from 'node:fs';
import { fromPem } from '@opencapf/pki';
import { type Complete, type Message, ProtocolError, StreamDecoder } from '@opencapf/protocol';

/** A recorded session in which a phone was to prove itself by certificate. */
export interface RecordedSession {
  readonly name: string;
  readonly authentication: string;
  readonly messages: readonly { readonly from: 'server' | 'phone'; readonly hex: string }[];
  readonly materials: Readonly<Record<string, string | number>>;
}

const file = new URL('../../../protocol/conformance/vectors.json', import.meta.url);

/** Those of the conformance set. */
export const certificateSessions = (
  JSON.parse(readFileSync(file, 'utf8')) as { sessions: readonly RecordedSession[] }
).sessions.filter(({ authentication }) => authentication === 'certificate');

/** What the phone of a session said, in its order; what cannot be decoded is the fault that it is. */
export function saidByPhone({ messages }: RecordedSession): readonly (Complete | ProtocolError)[] {
  return messages
    .filter(({ from }) => from === 'phone')
    .map(({ hex }) => {
      const { messages: decoded, error } = new StreamDecoder().push(Buffer.from(hex, 'hex'));
      const [message] = decoded as readonly Message[];
      if (message === undefined) return error ?? new ProtocolError('stream-truncated');
      return message as Complete;
    });
}

/** The first certificate of a PEM among the materials of a session, DER. */
export function materialCertificate({ materials }: RecordedSession, name: string): Uint8Array | undefined {
  const pem = materials[name];
  return typeof pem === 'string' ? fromPem('CERTIFICATE', pem)[0] : undefined;
}
