import { commands } from './commands.js';
import type { ElementName } from './elements/element.js';
import { elementFields, type FieldName } from './elements/fields.js';
import { ProtocolError } from './errors.js';
import type { Party } from './legal-order.js';
import type { Message } from './message.js';
import { KeyType, Reason } from './values.js';

/**
 * `element-missing` if a message lacks what its command demands (capf-wire-protocol.md, section 5), else undefined.
 * Elements that only certificate authentication demands are a rule of authentication, not of the wire.
 */
export function missingElement(message: Message, from: Party): ProtocolError | undefined {
  const missing = missingMandatory(message) ?? missingByCircumstance(message, from);
  return missing && new ProtocolError('element-missing', `${missing} in ${message.command}`);
}

function missingMandatory(message: Message): ElementName | undefined {
  const mandatory: readonly FieldName[] = commands[message.command].mandatory;
  const field = mandatory.find((name) => !(name in message));
  return field && elementFields[field].element;
}

function missingByCircumstance(message: Message, from: Party): ElementName | undefined {
  switch (message.command) {
    case 'KeyGenerateRequest':
      if (message.keyType === KeyType.EC) return message.curve === undefined ? 'CURVE' : undefined;
      return message.keySize === undefined ? 'KEY_SIZE' : undefined;
    case 'KeyGenerateResponse':
      return message.publicKey === undefined && message.reason === undefined ? 'PUBLIC_KEY' : undefined;
    case 'FetchCertificateResponse':
      return message.reason === Reason.UPDATE_CERTIFICATE && message.certificate === undefined
        ? 'CERTIFICATE'
        : undefined;
    case 'EndSession':
      return from === 'server' && message.reason === undefined ? 'REASON' : undefined;
    default:
      return undefined;
  }
}
