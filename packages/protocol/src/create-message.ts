import type { CommandName, commands } from './commands.js';
import type { ElementCodec } from './elements/codec.js';
import { type Element, joinElements } from './elements/element.js';
import { elementFields, type FieldInput, type FieldName } from './elements/fields.js';
import { ProtocolError } from './errors.js';
import { requireFrame } from './frame.js';
import { type Complete, fieldsOf, readMessage } from './message.js';

/** What is given to make a message of a command: its mandatory fields, and those of the others that it is to have. */
export type FieldInputs<C extends CommandName> = {
  readonly [F in (typeof commands)[C]['mandatory'][number]]: FieldInput<F>;
} & {
  readonly [F in (typeof commands)[C]['optional'][number]]?: FieldInput<F> | undefined;
};

/**
 * A new message with these fields, as elements by rising tag, which is the order in which the known daemons send them
 * (capf-wire-protocol.md, section 1). `undefined` leaves a field out. Bytes are copied.
 *
 * @param sessionId - Unsigned 32-bit number.
 * @throws ProtocolError `wire-value-out-of-range` for what its element cannot express, `wire-message-too-large`
 */
export function createMessage<C extends CommandName>(
  command: C,
  sessionId: number,
  fields: FieldInputs<C>,
): Complete<C> {
  const elements: Element[] = [];
  const inputs: Partial<Record<FieldName, unknown>> = fields;
  for (const name of fieldsOf(command)) {
    const input = inputs[name];
    if (input === undefined) continue;
    const { tag } = elementFields[name];
    const codec: ElementCodec<unknown, never> = elementFields[name].codec;
    elements.push({ tag, value: codec.write(input as never) });
  }
  const payload = joinElements(elements);
  requireFrame(sessionId, payload);
  const message = readMessage(command, sessionId, payload);
  if (message instanceof ProtocolError) throw message;
  return message as Complete<C>;
}
