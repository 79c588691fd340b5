/** What a phone speaks with its call control. */
export type PhoneProtocol = 'SIP' | 'SCCP';

/** A key that is entered on the phone by hand. */
export interface ManualKey {
  readonly algorithm: 'AES-128' | 'RC4';
  readonly bits: 128 | 256;
  /** With which protocol the phone can have one. */
  readonly protocols: readonly PhoneProtocol[];
}

/** What the sources say of a model. What they do not say is left out, and counts as able. */
export interface ModelFacts {
  /** As the sources write it, without "Cisco Unified IP Phone". */
  readonly name: string;
  /** encrypted-phone-configuration-file-setup.md, the lists of "Disable TFTP Encrypted Configuration Files". */
  readonly protocols: readonly PhoneProtocol[];
  /**
   * Whether its files are encrypted for its own key: AES-128, and the phone checks the signature (tftp-file-formats.md, section 10;
   * encrypted-phone-configuration-file-setup.md, "Phone Models That Support Encryption").
   */
  readonly publicKey: boolean;
  /** The same tables. */
  readonly manualKey?: ManualKey;
  /** Which list it trusts. 6901 and 6911 ask for no ITL, and so need a CTL (the note below the same tables). */
  readonly trustList: 'itl' | 'ctl';
  /** Whether digest credentials can be left out of its file, with SIP (the same document, "Exclude Digest Credentials ..."). */
  readonly excludesDigestCredentials: boolean;
  /** The newest TLS that it speaks: the 7900 series knows TLS 1.0 alone (capf-wire-protocol.md, docs of capfd). */
  readonly newestTls?: 'TLSv1';
  /** Whether it believes files that are signed with SHA-512. No source names a model for it. */
  readonly sha512?: boolean;
  /** Whether it makes EC keys, as clients of CAPF version 3 do. No source names a model for it. */
  readonly ellipticCurve?: boolean;
  /** Bits of the largest RSA key that it makes. No source names a model for it. */
  readonly largestRsaKey?: number;
}
