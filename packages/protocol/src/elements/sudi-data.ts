import { ProtocolError } from '../errors.js';
import type { ElementCodec } from './codec.js';
import { readCountedBytes, writeCountedBytes } from './counted-bytes.js';

/** One part of SUDI_DATA. `Bytes` is Buffer when read; any Uint8Array will do for sending. */
export interface SudiPart<Bytes extends Uint8Array = Buffer> {
  /** 0 before the certificate, the digest id before a signature; any number is read. */
  readonly id: number;
  readonly bytes: Bytes;
}

/** The SUDI proof: the SUDI certificate (DER) and two signatures bound to the session. */
export interface SudiData<Bytes extends Uint8Array = Buffer> {
  readonly certificate: SudiPart<Bytes>;
  readonly sha1Signature: SudiPart<Bytes>;
  readonly sha512Signature: SudiPart<Bytes>;
}

/** SUDI_DATA: three parts, each a first byte, a length (2) and its bytes (capf-wire-protocol.md, section 6). */
export const sudiData: ElementCodec<SudiData, SudiData<Uint8Array>> = {
  read(value) {
    const certificate = readCountedBytes(value, 0);
    const sha1Signature = certificate && readCountedBytes(value, certificate.end);
    const sha512Signature = sha1Signature && readCountedBytes(value, sha1Signature.end);
    if (!certificate || !sha1Signature || !sha512Signature || sha512Signature.end !== value.length) {
      return new ProtocolError('sudi-data-element-malformed', `${value.length} bytes`);
    }
    return {
      certificate: { id: certificate.first, bytes: certificate.bytes },
      sha1Signature: { id: sha1Signature.first, bytes: sha1Signature.bytes },
      sha512Signature: { id: sha512Signature.first, bytes: sha512Signature.bytes },
    };
  },
  write: ({ certificate, sha1Signature, sha512Signature }) =>
    Buffer.concat(
      [certificate, sha1Signature, sha512Signature].map(({ id, bytes }) => writeCountedBytes('SUDI_DATA', id, bytes)),
    ),
};
