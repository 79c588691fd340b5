/**
 * Everything that can be wrong with CAPF bytes, with the order of messages, or with what the caller wants to send.
 * The codes are a closed union; `docs/errors.md` is generated from this catalogue.
 */
export const protocolErrors = {
  'protocol-id-wrong':
    'A message does not begin with the protocol id 0x55: the peer does not speak CAPF, or the stream lost its step. Close the connection.',
  'command-unknown': 'The command code of a message is none of 1 to 23. End the session.',
  'frame-too-large': 'A message announces a larger payload than is accepted at this point. End the session.',
  'stream-truncated': 'The peer closed the connection in the middle of a message.',
  'element-header-truncated': 'A payload ends inside the tag or length of an element. End the session.',
  'element-runs-past-end': 'An element is longer than what is left of its message. End the session.',
  'element-length-wrong': 'An element of a fixed size has another one. End the session.',
  'device-name-empty': 'DEVICE_NAME holds no name. End the session.',
  'device-name-without-nul': 'DEVICE_NAME does not end with a NUL. End the session.',
  'device-name-embedded-nul': 'DEVICE_NAME has a NUL before its end. End the session.',
  'device-name-not-utf8': 'DEVICE_NAME is not UTF-8. End the session.',
  'certificate-element-malformed':
    'CERTIFICATE is shorter than its package, or its inner element does not have tag 1 or does not fit. End the session.',
  'sha2-signed-data-element-malformed':
    'SHA2_SIGNED_DATA is not a digest id, a length and a signature of that length. End the session.',
  'sudi-data-element-malformed':
    'SUDI_DATA is not made of three parts, each with a first byte, a length and that many bytes. End the session.',
  'session-id-wrong': 'A message bears another session id than the session. End the session.',
  'command-out-of-order': 'This command is not legal from this side at this point of the session. End the session.',
  'element-missing': 'A message lacks an element that its command demands. End the session.',
  'bytes-too-many': 'The peer has sent more than it may before it has authenticated. End the session.',
  'messages-too-many': 'A session has brought more messages than it may. End the session.',
  'request-in-progress-too-often': 'The phone says REQUEST_IN_PROGRESS more often than it may. End the session.',
  'wire-value-out-of-range': 'A value to be sent cannot be expressed in its element. Correct the caller.',
  'wire-message-too-large': 'A message to be sent would have more than 65535 bytes of payload. Correct the caller.',
} as const;

/** The closed union of this package's error codes. */
export type ProtocolErrorCode = keyof typeof protocolErrors;

/**
 * A fault on the wire (returned as a value by decoder and state machine) or in what the caller wants to send (thrown).
 * The message names elements and sizes, never their contents.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;
  /** The device that the faulty message names, where that can be read. Nobody has proved anything. */
  readonly deviceName: string | undefined;
  readonly #detail: string | undefined;
  readonly #bytes: Uint8Array | undefined;

  /** @param detail - What distinguishes this case, in words; no secrets. */
  constructor(code: ProtocolErrorCode, detail?: string, options?: ProtocolErrorOptions) {
    super(detail === undefined ? protocolErrors[code] : `${protocolErrors[code]} (${detail})`, options);
    this.code = code;
    this.#detail = detail;
    this.#bytes = options?.bytes;
    this.deviceName = options?.deviceName;
  }

  /**
   * The message that is at fault, from its first byte to the last that had come; undefined where none had. For the record
   * of provisional exchanges; a password may be among them, so they are no part of what a log shows of an error.
   */
  get bytes(): Uint8Array | undefined {
    return this.#bytes;
  }

  /** The same fault, in a message that names this device. */
  naming(deviceName: string | undefined): ProtocolError {
    return deviceName === undefined ? this : this.#with({ deviceName });
  }

  /** The same fault, with the bytes in which it was found. */
  showing(bytes: Uint8Array): ProtocolError {
    return this.#with({ bytes });
  }

  #with(options: ProtocolErrorOptions): ProtocolError {
    const { code, cause, deviceName } = this;
    return new ProtocolError(code, this.#detail, { cause, deviceName, bytes: this.#bytes, ...options });
  }
}

interface ProtocolErrorOptions extends ErrorOptions {
  readonly deviceName?: string | undefined;
  readonly bytes?: Uint8Array | undefined;
}
