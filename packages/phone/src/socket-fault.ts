import type { TLSSocket } from 'node:tls';
import { PhoneError } from './errors.js';
import type { ConnectionFault, TlsFault } from './outcome.js';
import type { Stage } from './stage.js';

/** What an error of the socket means for the phone: not reached, lost, not trusted, or no TLS in common. */
export function socketFault(cause: Error, stage: Stage, tls: TLSSocket | undefined): ConnectionFault | TlsFault {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  const detail = code ?? cause.message;
  if (stage === 'connecting') {
    return { kind: 'connectionFault', fault: new PhoneError('capf-unreachable', detail, { cause }), stage };
  }
  if (cause instanceof PhoneError) return { kind: 'tlsFault', fault: cause, stage };
  if (tls?.authorizationError) {
    return { kind: 'tlsFault', fault: new PhoneError('capf-server-not-trusted', detail, { cause }), stage };
  }
  // EPROTO and ERR_SSL_... are OpenSSL's; whatever else has a code is the network's.
  if (code === undefined || code === 'EPROTO' || code.startsWith('ERR_')) {
    return { kind: 'tlsFault', fault: new PhoneError('capf-handshake-failed', detail, { cause }), stage };
  }
  return { kind: 'connectionFault', fault: new PhoneError('capf-connection-lost', detail, { cause }), stage };
}
