import { ntlmSignature, wantedFlags } from './flags.js';

/**
 * NEGOTIATE ([MS-NLMP] 2.2.1.1), the same each time. It names neither domain nor workstation: servers need neither, and who
 * asks is nobody's business before the server has shown its certificate.
 */
export function negotiateMessage(): Buffer {
  const message = Buffer.alloc(40);
  ntlmSignature.copy(message);
  message.writeUInt32LE(1, 8);
  message.writeUInt32LE(wantedFlags, 12);
  return message;
}
