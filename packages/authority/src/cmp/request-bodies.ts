import {
  derElement,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derTag,
  derUnsignedInteger,
  encodeDeviceName,
  readSoleElement,
  requestedExtensions,
} from '@opencapf/pki';
import { derExplicit } from './header.js';
import { bodyKind } from './message.js';
import { cmpOid } from './object-identifiers.js';

/** The certReqId of the only request in a message: 0 in `cr`, -1 in `p10cr` (RFC 9480, 2.12). */
export type RequestId = 0 | -1;

const integer = (value: number) => derElement(derTag.integer, Uint8Array.of(value & 0xff));

/**
 * PKIBody `cr`: one CertReqMsg (RFC 4211, 3) with a template of name, key and extensions, and `raVerified`, by which we as
 * registration authority vouch that the key is in the phone.
 *
 * @throws PkiError `device-name-malformed`, `public-key-*`
 */
export function certificateRequestBody(deviceName: string, spki: Uint8Array): Uint8Array {
  const template = derSequence(
    derExplicit(5, derSequence(encodeDeviceName(deviceName))),
    derElement(0xa6, readSoleElement(spki, derTag.sequence).content),
    derElement(0xa9, readSoleElement(requestedExtensions(spki), derTag.sequence).content),
  );
  const raVerified = derElement(derTag.implicit0);
  const message = derSequence(derSequence(integer(0), template), raVerified);
  return derExplicit(bodyKind.cr, derSequence(message));
}

/** PKIBody `p10cr`. */
export function pkcs10Body(certificationRequest: Uint8Array): Uint8Array {
  return derExplicit(bodyKind.p10cr, certificationRequest);
}

/** PKIBody `pollReq`. */
export function pollRequestBody(requestId: RequestId): Uint8Array {
  return derExplicit(bodyKind.pollReq, derSequence(derSequence(integer(requestId))));
}

/** What is said of a certificate that came. */
export interface Confirmation {
  readonly requestId: RequestId;
  readonly hash: Uint8Array;
  /** DER AlgorithmIdentifier where the hash is not that of the certificate's signature (RFC 9480, 2.10). */
  readonly hashAlgorithm: Uint8Array | undefined;
  readonly accepted: boolean;
}

const rejected = derSequence(
  integer(2),
  derSequence(derElement(derTag.utf8String, Buffer.from('The certificate is not for the key that was asked for.'))),
);

/** PKIBody `certConf`. */
export function confirmationBody({ requestId, hash, hashAlgorithm, accepted }: Confirmation): Uint8Array {
  return derExplicit(
    bodyKind.certConf,
    derSequence(
      derSequence(
        derOctetString(hash),
        integer(requestId),
        ...(accepted ? [] : [rejected]),
        ...(hashAlgorithm === undefined ? [] : [derExplicit(0, hashAlgorithm)]),
      ),
    ),
  );
}

/** CRLReason by its names (RFC 5280, 5.3.1). */
const reasons: ReadonlyMap<string, number> = new Map([
  ['keyCompromise', 1],
  ['cACompromise', 2],
  ['affiliationChanged', 3],
  ['superseded', 4],
  ['cessationOfOperation', 5],
  ['certificateHold', 6],
  ['privilegeWithdrawn', 9],
  ['aACompromise', 10],
]);

/**
 * PKIBody `rr` for one certificate.
 *
 * @param serial - Big-endian.
 * @param issuer - DER Name.
 * @param reason - A name of RFC 5280, 5.3.1; any other stands for `unspecified`.
 */
export function revocationBody(serial: Uint8Array, issuer: Uint8Array, reason: string): Uint8Array {
  const number = derUnsignedInteger(serial);
  const template = derSequence(
    derElement(derTag.implicit1, readSoleElement(number, derTag.integer).content),
    derExplicit(3, issuer),
  );
  const code = reasons.get(reason);
  const enumerated = 0x0a;
  const details =
    code === undefined
      ? []
      : [
          derSequence(
            derSequence(
              derObjectIdentifier(cmpOid.reasonCode),
              derOctetString(derElement(enumerated, Uint8Array.of(code))),
            ),
          ),
        ];
  return derExplicit(bodyKind.rr, derSequence(derSequence(template, ...details)));
}

/** PKIBody `genm` that asks for the certificates of the CA (RFC 9483, 4.3.1). */
export function caCertificatesBody(): Uint8Array {
  return derExplicit(bodyKind.genm, derSequence(derSequence(derObjectIdentifier(cmpOid.caCerts))));
}
