/**
 * The number spaces of capf-wire-protocol.md, sections 3 and 4, by the document's names. A decoded field is a plain
 * number: what a peer sends beyond these values is accepted and kept, because most of the space is unverified.
 */

/** REASON (element 1). Other codes are unverified; phones may report why they came in it (phone-behaviour.md). */
export const Reason = { NO_ACTION: 0, UPDATE_CERTIFICATE: 1, INVALID_ELEMENT: 7, UNKNOWN_DEVICE: 9 } as const;

/** CERTIFICATE_TYPE (element 3). MIC was never seen on the wire. */
export const CertificateType = { LSC: 1, MIC: 2 } as const;

/** AUTH_TYPE (element 8): server to phone only, and nothing follows from it. */
export const AuthType = { NONE: 0, PASSWORD: 1, NO_PASSWORD: 2, LSC: 3, MIC: 4 } as const;

/** KEY_TYPE (element 17). */
export const KeyType = { RSA: 0, EC: 1 } as const;

/** CURVE (element 18). */
export const Curve = { secp256r1: 0, secp384r1: 1, secp521r1: 2 } as const;
export type Curve = (typeof Curve)[keyof typeof Curve];

/** Digest ids of SHA2_SIGNED_DATA and SUDI_DATA. */
export const DigestId = { SHA1: 1, SHA256: 2, SHA512: 3 } as const;

/** The versions that are spoken: the server announces 3, a phone answers 3 or 2 (section 5, version negotiation). */
export const ProtocolVersion = { TWO: 2, THREE: 3 } as const;
export type ProtocolVersion = (typeof ProtocolVersion)[keyof typeof ProtocolVersion];

/** Whether a phone's VERSION is one that can be served. */
export function isProtocolVersion(version: number): version is ProtocolVersion {
  return version === ProtocolVersion.TWO || version === ProtocolVersion.THREE;
}

/** The document's name of a reason, e.g. `UNKNOWN_DEVICE`, or undefined where it has none. */
export function reasonName(reason: number): keyof typeof Reason | undefined {
  return (Object.keys(Reason) as (keyof typeof Reason)[]).find((name) => Reason[name] === reason);
}
