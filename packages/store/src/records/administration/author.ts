/** Who asks for a change, and from where: whom the audit names. */
export interface Author {
  /** The name of a token, or `system`. */
  readonly name: string;
  readonly remoteAddress?: string | undefined;
}
