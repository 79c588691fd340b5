import type { ProtocolVersion } from '@opencapf/protocol';
import type { KnownDevice, OpenOperation, OperationAtWork, SentCertificate } from '@opencapf/store';
import type { Dialogue } from './dialogue.js';
import type { EnrollmentServices } from './services.js';

/** What a procedure works on: an operation that this session has begun, with a phone that has authenticated. */
export interface OperationSession {
  readonly phone: Dialogue;
  readonly version: ProtocolVersion;
  readonly device: KnownDevice;
  readonly operation: OpenOperation;
  /** Under which every write happens. */
  readonly work: OperationAtWork;
  readonly services: EnrollmentServices;
  /** The certificate that went to the phone, for the record of an attempt that comes to nothing. */
  sent: SentCertificate | undefined;
}
