import { ProtocolError } from '../errors.js';
import type { ElementCodec } from './codec.js';
import { requireCountable } from './range.js';

/** A certificate as it travels: two bytes of unverified meaning, then the certificate, which is not looked into. */
export interface CertificatePackage {
  /** Two bytes; `00 01` in all recordings. */
  readonly prefix: Buffer;
  /** The certificate, DER. */
  readonly der: Buffer;
}

const innerTag = 1;
const innerHeaderBytes = 3;
const prefixBytes = 2;
const sentPrefix = Buffer.from([0, 1]);

/**
 * CERTIFICATE: `01 MM MM 00 01 <DER>`, MM = 2 + length of the DER (capf-wire-protocol.md, section 3).
 *
 * Any two bytes are taken in place of `00 01`; exactly these are sent. Whether several certificates may follow each
 * other is unverified: the first is read and the rest left alone.
 */
export const certificate: ElementCodec<CertificatePackage, { readonly der: Uint8Array }> = {
  read(bytes) {
    if (bytes.length < innerHeaderBytes + prefixBytes) {
      return new ProtocolError('certificate-element-malformed', `${bytes.length} bytes`);
    }
    const end = innerHeaderBytes + bytes.readUInt16BE(1);
    if (bytes[0] !== innerTag || end < innerHeaderBytes + prefixBytes || end > bytes.length) {
      return new ProtocolError('certificate-element-malformed', 'inner tag or length');
    }
    const derStart = innerHeaderBytes + prefixBytes;
    return { prefix: bytes.subarray(innerHeaderBytes, derStart), der: bytes.subarray(derStart, end) };
  },
  write({ der }) {
    requireCountable('a certificate package', prefixBytes + der.length);
    const head = Buffer.from([innerTag, 0, 0]);
    head.writeUInt16BE(prefixBytes + der.length, 1);
    return Buffer.concat([head, sentPrefix, der]);
  },
};
