/** More numbers of others are not kept: after a lost answer few are looked at. */
const mostKept = 2000;

/**
 * The request numbers that the CA has told this process. They count up, which is how a request is found again whose answer
 * was lost.
 */
export class KnownRequests {
  readonly #owners = new Map<number, string>();
  #highest: number | undefined;

  /** Undefined until the CA has told one. */
  get highest(): number | undefined {
    return this.#highest;
  }

  /** @param reference - The request of ours that has this number. */
  note(number: number, reference: string): void {
    this.#highest = Math.max(number, this.#highest ?? 0);
    this.#owners.set(number, reference);
    for (const oldest of this.#owners.keys()) {
      if (this.#owners.size <= mostKept) break;
      this.#owners.delete(oldest);
    }
  }

  ownerOf(number: number): string | undefined {
    return this.#owners.get(number);
  }
}
