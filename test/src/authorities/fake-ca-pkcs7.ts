import { fromBER } from 'asn1js';
import { Certificate, ContentInfo, EncapsulatedContentInfo, SignedData } from 'pkijs';

/** A certificates-only PKCS#7 message (RFC 5652, 5.1), DER. */
export function certsOnly(certificates: readonly Uint8Array[]): Uint8Array {
  const signed = new SignedData({
    version: 1,
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: ContentInfo.DATA }),
    certificates: certificates.map((der) => new Certificate({ schema: fromBER(der).result })),
  });
  const message = new ContentInfo({ contentType: ContentInfo.SIGNED_DATA, content: signed.toSchema(true) });
  return new Uint8Array(message.toSchema().toBER());
}
