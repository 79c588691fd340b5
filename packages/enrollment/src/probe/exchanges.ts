/** Provisional exchanges that a probe can try, with what each may do to a phone. One probe tries one of them. */
export const probeExchanges = {
  signCertificate: {
    asks: 'The phone makes an RSA 2048 key and is told to sign a certificate request with it (SIGN_CERTIFICATE_REQUEST, SHA-256). The key is thrown away: no certificate is made for it.',
    mayHappen:
      'A key that waits in the phone for a certificate may be overwritten, so that the certificate comes too late; queue the install again then. The phone is busy for minutes, and may close or reset at a command that it does not know. Its LSC stays as it is, as far as is known.',
  },
  signOtherDigests: {
    asks: 'The same with SHA-512, and with SHA-1 when that was answered.',
    mayHappen: 'The same.',
  },
  fetchMicByType: {
    asks: 'The phone is asked for its MIC by FETCH_CERTIFICATE_REQUEST with CERTIFICATE_TYPE 2.',
    mayHappen: 'The phone may close at an element that it does not know. Nothing is changed in it.',
  },
} as const;

/** The name of an exchange. */
export type ProbeExchange = keyof typeof probeExchanges;

/** All of them. */
export const probeExchangeNames = Object.keys(probeExchanges) as readonly ProbeExchange[];

/** Whether a word is the name of one. */
export function isProbeExchange(word: string): word is ProbeExchange {
  return Object.hasOwn(probeExchanges, word);
}
