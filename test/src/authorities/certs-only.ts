import { fromBER } from 'asn1js';
import * as pkijs from 'pkijs';

const data = '1.2.840.113549.1.7.1';

/** A certificates-only PKCS#7 message (RFC 8551, 3.8), DER. @param certificates - DER; there may be none. */
export function certsOnly(certificates: readonly Uint8Array[]): Uint8Array {
  const signed = new pkijs.SignedData({
    version: 1,
    encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: data }),
    certificates: certificates.map((der) => new pkijs.Certificate({ schema: fromBER(der).result })),
  });
  const info = new pkijs.ContentInfo({ contentType: pkijs.ContentInfo.SIGNED_DATA, content: signed.toSchema(true) });
  return new Uint8Array(info.toSchema().toBER());
}
