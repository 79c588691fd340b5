/** One way to log in that a server offers, and what it says with it. */
export interface OfferedScheme {
  /** Lower case. */
  readonly scheme: string;
  /** Base64; undefined where it is only named. */
  readonly token: string | undefined;
}

/** Reads WWW-Authenticate (RFC 9110, 11.6.1), several joined by commas; parameters are passed over. */
export function offeredSchemes(header: string | undefined): readonly OfferedScheme[] {
  return (header ?? '')
    .replace(/"[^"]*"/g, '')
    .split(',')
    .flatMap((part) => {
      const [, scheme, token] = /^([A-Za-z][\w-]*)(?:\s+([A-Za-z0-9+/]+={0,2}))?(?:\s|$)/.exec(part.trim()) ?? [];
      return scheme === undefined ? [] : [{ scheme: scheme.toLowerCase(), token }];
    });
}
