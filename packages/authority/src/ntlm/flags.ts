/** NEGOTIATE ([MS-NLMP] 2.2.2.5): what a message's sender can or wants. */
export const ntlmFlags = {
  unicode: 0x0000_0001,
  requestTarget: 0x0000_0004,
  ntlm: 0x0000_0200,
  alwaysSign: 0x0000_8000,
  extendedSessionSecurity: 0x0008_0000,
  targetInfo: 0x0080_0000,
  version: 0x0200_0000,
  key128: 0x2000_0000,
  key56: 0x8000_0000,
} as const;

/**
 * What we ask for. No signing, sealing or key exchange: HTTP protects what follows by TLS alone, so that no session key is
 * needed but the one that the MIC is made with.
 */
export const wantedFlags =
  (ntlmFlags.unicode |
    ntlmFlags.requestTarget |
    ntlmFlags.ntlm |
    ntlmFlags.alwaysSign |
    ntlmFlags.extendedSessionSecurity |
    ntlmFlags.targetInfo |
    ntlmFlags.key128 |
    ntlmFlags.key56) >>>
  0;

/** The first eight bytes of every message. */
export const ntlmSignature = Buffer.from('NTLMSSP\0', 'latin1');
