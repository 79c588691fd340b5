/** How much one address may have of what all share. */
export interface AddressBound {
  readonly most: number;
  /** Whom an address counts as; undefined: it stands for many, as that of a proxy does, and is not bounded. */
  readonly countedAs: (address: string) => string | undefined;
}

/** Counts what each address has, so that one alone cannot have all. Many phones may come from one address. */
export class PerAddress {
  readonly #bound: AddressBound | undefined;
  readonly #counts = new Map<string, number>();

  /** @param bound - undefined: none */
  constructor(bound: AddressBound | undefined) {
    this.#bound = bound;
  }

  /** Takes a place. @returns what gives it back, to be called once; undefined when the address has as many as it may */
  take(address: string): (() => void) | undefined {
    const counted = this.#bound?.countedAs(address);
    if (this.#bound === undefined || counted === undefined) return () => undefined;
    const count = this.#counts.get(counted) ?? 0;
    if (count >= this.#bound.most) return undefined;
    this.#counts.set(counted, count + 1);
    return () => {
      const left = (this.#counts.get(counted) ?? 1) - 1;
      if (left === 0) this.#counts.delete(counted);
      else this.#counts.set(counted, left);
    };
  }
}
