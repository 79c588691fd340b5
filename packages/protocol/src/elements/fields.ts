import { certificate } from './certificate.js';
import type { ElementCodec } from './codec.js';
import { deviceName } from './device-name.js';
import { type ElementName, elementTags } from './element.js';
import { unsignedInteger } from './integer.js';
import { opaque } from './opaque.js';
import { password } from './password.js';
import { sha2SignedData } from './sha2-signed-data.js';
import { sudiData } from './sudi-data.js';

function field<Value, Input>(element: ElementName, codec: ElementCodec<Value, Input>) {
  return { element, tag: elementTags[element], codec } as const;
}

/**
 * The typed fields of messages, in the order of capf-wire-protocol.md, section 3: which element each comes from and how
 * that element reads. What is not here (REASON_INFO, CERTIFICATE_ID, the nameless 14 and 15) has no known
 * layout and stays among a message's `elements`.
 */
export const elementFields = {
  reason: field('REASON', unsignedInteger('REASON', 1)),
  certificateType: field('CERTIFICATE_TYPE', unsignedInteger('CERTIFICATE_TYPE', 1)),
  certificate: field('CERTIFICATE', certificate),
  signedData: field('SIGNED_DATA', opaque),
  version: field('VERSION', unsignedInteger('VERSION', 1)),
  authType: field('AUTH_TYPE', unsignedInteger('AUTH_TYPE', 1)),
  publicKey: field('PUBLIC_KEY', opaque),
  keySize: field('KEY_SIZE', unsignedInteger('KEY_SIZE', 2)),
  password: field('PASSWORD', password),
  /** Layout and unit are unknown, hence its bytes. */
  retryDelay: field('RETRY_DELAY', opaque),
  deviceName: field('DEVICE_NAME', deviceName),
  sudiData: field('SUDI_DATA', sudiData),
  keyType: field('KEY_TYPE', unsignedInteger('KEY_TYPE', 1)),
  curve: field('CURVE', unsignedInteger('CURVE', 1)),
  /** Provisional: one byte, a digest id (section 2, "presumably"). */
  digestType: field('DIGEST_TYPE', unsignedInteger('DIGEST_TYPE', 1)),
  sha2SignedData: field('SHA2_SIGNED_DATA', sha2SignedData),
} as const;

/** The name of a typed field, e.g. `deviceName`. */
export type FieldName = keyof typeof elementFields;

/** What a field holds when it was read. */
export type FieldValue<F extends FieldName> =
  (typeof elementFields)[F]['codec'] extends ElementCodec<infer Value, never> ? Value : never;

/** What is given for a field of a message to be sent. */
export type FieldInput<F extends FieldName> = Parameters<(typeof elementFields)[F]['codec']['write']>[0];
