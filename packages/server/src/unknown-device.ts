import { randomInt } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { Reason } from '@opencapf/protocol';
import type { Logger } from './log.js';
import { PhoneConnection } from './phone-connection.js';

/** Greets a phone and ends its session as for an unknown device (capf-wire-protocol.md, section 5). */
export async function serveUnknownDevice(
  socket: TLSSocket,
  remote: string,
  { authenticationTimeoutMs, log }: { readonly authenticationTimeoutMs: number; readonly log: Logger },
): Promise<void> {
  const sessionId = randomInt(2 ** 32);
  const connection = new PhoneConnection(socket, sessionId);
  const heard = await connection.greet(authenticationTimeoutMs);
  switch (heard.kind) {
    case 'lost':
      log.info({ remote, sessionId, reason: heard.reason }, 'session ended before the phone answered');
      return connection.close();
    case 'fault':
      log.info({ remote, sessionId, code: heard.fault.code, reason: heard.fault.message }, 'session refused');
      return await connection.end(Reason.INVALID_ELEMENT);
    case 'message': {
      const deviceName = heard.message.command === 'AuthResponse' ? heard.message.deviceName : undefined;
      log.info({ remote, sessionId, deviceName }, 'session ended: unknown device');
      return await connection.end(Reason.UNKNOWN_DEVICE);
    }
  }
}
