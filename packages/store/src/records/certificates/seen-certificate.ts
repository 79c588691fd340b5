/** A certificate that a phone showed and that was verified. */
export interface SeenCertificate {
  readonly type: 'LSC' | 'MIC';
  /** `presented` with a proof, `fetched` without one. */
  readonly origin: 'presented' | 'fetched';
  readonly der: Uint8Array;
  /** Lower-case hex. */
  readonly serial: string;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** Text (RFC 4514). */
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** The facts as JSON with the names of the columns of `opencapf_private.certificate`. */
export function seenFacts(seen: SeenCertificate): string {
  return JSON.stringify({
    type: seen.type,
    origin: seen.origin,
    der: hex(seen.der),
    serial: `\\x${seen.serial}`,
    public_key: hex(seen.publicKey),
    subject: wellFormed(seen.subject),
    issuer: wellFormed(seen.issuer),
    not_before: seen.notBefore,
    not_after: seen.notAfter,
  });
}

function hex(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes).toString('hex')}`;
}

/** A name may hold NULs and halves of surrogate pairs, which PostgreSQL takes in no text. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString().replaceAll('\0', '\uFFFD');
}
