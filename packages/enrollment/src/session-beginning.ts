import type { Complete } from '@opencapf/protocol';
import type { KnownDevice, OpenOperation, SessionBeginning } from '@opencapf/store';
import type { Dialogue } from './dialogue.js';
import type { EnrollmentServices } from './services.js';

/** What is known when a phone has introduced itself, for the record of its session. */
export interface Introduced {
  readonly phone: Dialogue;
  readonly introduction: Complete<'AuthResponse'>;
  readonly services: EnrollmentServices;
}

/** What is known of whoever spoke, introduced or not. */
export interface Spoken {
  readonly phone: Dialogue;
  readonly introduction: Partial<Pick<Complete<'AuthResponse'>, 'deviceName' | 'version' | 'reason'>>;
  readonly services: EnrollmentServices;
}

/** The record of a session as it begins. @param operation - The one it has authenticated for, or failed to. */
export function beginningOf(
  { phone, introduction, services }: Spoken,
  device: KnownDevice | undefined,
  operation: OpenOperation | undefined,
  authenticated: boolean,
): SessionBeginning {
  const { remoteAddress, remotePort, listener, tlsVersion, cipher, connectedAt } = phone.peer;
  return {
    wireId: phone.sessionId,
    nodeId: services.nodeId,
    deviceId: device?.id,
    deviceName: introduction.deviceName,
    remoteAddress,
    remotePort,
    listener,
    tlsVersion,
    cipher,
    capfVersion: introduction.version,
    phoneReason: introduction.reason,
    operationId: operation?.id,
    startedAt: connectedAt,
    authenticatedAt: authenticated ? services.clock() : undefined,
    steps: phone.steps,
  };
}
