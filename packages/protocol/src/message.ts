import { type CommandName, commandNames, commands } from './commands.js';
import { type Element, elementName, walkElements } from './elements/element.js';
import { elementFields, type FieldName, type FieldValue } from './elements/fields.js';
import { ProtocolError } from './errors.js';

type Mandatory<C extends CommandName> = (typeof commands)[C]['mandatory'][number];
type Optional<C extends CommandName> = (typeof commands)[C]['optional'][number];

/** The names of the typed fields of one command. */
export type FieldOf<C extends CommandName> = Mandatory<C> | Optional<C>;

/**
 * What all messages share. The payload's bytes are the one source of truth: the typed fields are what was read from
 * them, and they are what is sent. So order, repeats and unknown elements survive, and the two cannot disagree: a
 * message cannot be changed, a copy with another field is no message, and new ones come from `createMessage`.
 */
class WireMessage {
  readonly command: CommandName;
  /** Unsigned 32-bit number, chosen by the server. */
  readonly sessionId: number;
  readonly #payload: Buffer;

  constructor(command: CommandName, sessionId: number, payload: Buffer, fields: object) {
    this.command = command;
    this.sessionId = sessionId;
    this.#payload = payload;
    Object.assign(this, fields);
    Object.freeze(this);
  }

  /** The bytes of all elements, as received or as they will be sent. Not to be written to. */
  get payload(): Buffer {
    return this.#payload;
  }

  /** Every element in the order of the wire, repeated and unknown ones included. */
  get elements(): readonly Element[] {
    const elements: Element[] = [];
    walkElements(this.#payload, (tag, start, end) => {
      elements.push({ tag, value: this.#payload.subarray(start, end) });
      return undefined;
    });
    return elements;
  }

  /** For logs: which elements it has and their sizes in bytes, not what they hold, for a password is among them. */
  toJSON(): object {
    const { command, sessionId, elements } = this;
    return { command, sessionId, elements: elements.map(({ tag, value }) => [elementName(tag) ?? tag, value.length]) };
  }
}

/** The message of one command. Every field may be absent in a received one; see {@link Complete}. */
export type MessageOf<C extends CommandName> = WireMessage & { readonly command: C } & {
  readonly [F in FieldOf<C>]?: FieldValue<F>;
};

/** Any message: a union to be told apart by `command`. */
export type Message = { [C in CommandName]: MessageOf<C> }[CommandName];

/** The message of one command (or, without a parameter, any) of which it was checked that the mandatory fields are there. */
export type Complete<C extends CommandName = CommandName> = {
  [K in C]: MessageOf<K> & { readonly [F in Mandatory<K>]: FieldValue<F> };
}[C];

export type AuthRequest = MessageOf<'AuthRequest'>;
export type AuthResponse = MessageOf<'AuthResponse'>;
export type KeyGenerateRequest = MessageOf<'KeyGenerateRequest'>;
export type KeyGenerateResponse = MessageOf<'KeyGenerateResponse'>;
export type EncryptResponse = MessageOf<'EncryptResponse'>;
export type EncryptRequest = MessageOf<'EncryptRequest'>;
export type DecryptRequest = MessageOf<'DecryptRequest'>;
export type DecryptResponse = MessageOf<'DecryptResponse'>;
export type StoreCertificateRequest = MessageOf<'StoreCertificateRequest'>;
export type StoreCertificateResponse = MessageOf<'StoreCertificateResponse'>;
export type FetchCertificateRequest = MessageOf<'FetchCertificateRequest'>;
export type FetchCertificateResponse = MessageOf<'FetchCertificateResponse'>;
export type DeleteCertificateRequest = MessageOf<'DeleteCertificateRequest'>;
export type DeleteCertificateResponse = MessageOf<'DeleteCertificateResponse'>;
export type EndSession = MessageOf<'EndSession'>;
export type RetryLater = MessageOf<'RetryLater'>;
export type RequestInProgress = MessageOf<'RequestInProgress'>;
export type StatusRequest = MessageOf<'StatusRequest'>;
export type StatusResponse = MessageOf<'StatusResponse'>;
export type AbortRequest = MessageOf<'AbortRequest'>;
export type AbortResponse = MessageOf<'AbortResponse'>;
export type SignCertificateRequest = MessageOf<'SignCertificateRequest'>;
export type SignCertificateResponse = MessageOf<'SignCertificateResponse'>;

/** A command's typed fields, by rising tag: the order in which they are sent. */
export function fieldsOf(command: CommandName): readonly FieldName[] {
  return fieldsByCommand[command];
}

const fieldsByCommand = perCommand((command) =>
  [...commands[command].mandatory, ...commands[command].optional].sort(
    (one, other) => elementFields[one].tag - elementFields[other].tag,
  ),
);

const fieldsByTag = perCommand((command) => {
  const byTag: (FieldName | undefined)[] = [];
  for (const field of fieldsByCommand[command]) byTag[elementFields[field].tag] = field;
  return byTag;
});

function perCommand<Value>(make: (command: CommandName) => Value): Readonly<Record<CommandName, Value>> {
  return Object.fromEntries(commandNames.map((command) => [command, make(command)])) as Record<CommandName, Value>;
}

/**
 * The message that these bytes are: a fault in the elements is the return value, never thrown. The message keeps
 * `payload` and its fields share its memory, so it must not change afterwards.
 *
 * A repeated element counts as the last one does (capf-wire-protocol.md, section 1). That a mandatory element is there
 * is the state machine's check ({@link step}), for only there is it known that the command is expected at all.
 */
export function readMessage(command: CommandName, sessionId: number, payload: Buffer): Message | ProtocolError {
  const byTag = fieldsByTag[command];
  const fields: Partial<Record<FieldName, unknown>> = {};
  const fault = walkElements(payload, (tag, start, end) => {
    const field = byTag[tag];
    if (field === undefined) return undefined;
    const value = elementFields[field].codec.read(payload.subarray(start, end));
    if (value instanceof ProtocolError) return value;
    fields[field] = value;
    return undefined;
  });
  if (fault !== undefined) return fault.naming(deviceNamed(command, payload));
  // The compiler cannot follow from the command's name to its fields; the tables that made both can.
  return new WireMessage(command, sessionId, payload, fields) as Message;
}

/** Whom a faulty message is from, as it says: the last name that can be read before the elements lose their step. */
function deviceNamed(command: CommandName, payload: Buffer): string | undefined {
  if (!fieldsByCommand[command].includes('deviceName')) return undefined;
  const { tag: nameTag, codec } = elementFields.deviceName;
  let named: string | undefined;
  walkElements(payload, (tag, start, end) => {
    const value = tag === nameTag ? codec.read(payload.subarray(start, end)) : undefined;
    if (typeof value === 'string') named = value;
    return undefined;
  });
  return named;
}
