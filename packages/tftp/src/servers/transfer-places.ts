import type { AddressBound } from './address-bound.js';
import type { TftpTransfer } from './tftp-transfer.js';

/** Milliseconds after which a client that has acknowledged something counts as silent. */
const silenceMs = 5_000;

/** The places that transfers have: so many in all, and so many of one address, so that one alone cannot have all. */
export class TransferPlaces {
  readonly #most: number;
  readonly #bound: AddressBound | undefined;
  readonly #all = new Places();
  readonly #perAddress = new Map<string, Places>();

  constructor(most: number, bound: AddressBound | undefined) {
    this.#most = most;
    this.#bound = bound;
  }

  /** Whether a transfer may begin, for which one whose client is silent may have had to end. */
  hasRoom(address: string): boolean {
    const counted = this.#bound?.countedAs(address);
    const own = counted === undefined ? undefined : this.#perAddress.get(counted);
    if (own !== undefined && this.#bound !== undefined && !own.hasRoom(this.#bound.most)) return false;
    return this.#all.hasRoom(this.#most);
  }

  /** @returns what is to be told when the client has done its part, and when the transfer has ended */
  add(address: string, transfer: TftpTransfer): { moved(): void; ended(): void } {
    const counted = this.#bound?.countedAs(address);
    const places = [this.#all];
    if (counted !== undefined) {
      const own = this.#perAddress.get(counted) ?? new Places();
      this.#perAddress.set(counted, own);
      places.push(own);
    }
    for (const place of places) place.add(transfer);
    return {
      moved: () => {
        for (const place of places) place.moved(transfer);
      },
      ended: () => {
        for (const place of places) place.delete(transfer);
        if (counted !== undefined && places[1]?.size === 0) this.#perAddress.delete(counted);
      },
    };
  }
}

/** Transfers in the order in which they make room. */
class Places {
  /** The oldest first: who asks in somebody else's name never acknowledges anything. */
  readonly #unanswered = new Set<TftpTransfer>();
  /** The one that has been silent for longest first. */
  readonly #answered = new Set<TftpTransfer>();

  hasRoom(most: number): boolean {
    if (this.size >= most) this.#silentOne()?.stop('evicted');
    return this.size < most;
  }

  get size(): number {
    return this.#unanswered.size + this.#answered.size;
  }

  add(transfer: TftpTransfer): void {
    this.#unanswered.add(transfer);
  }

  /** The client has done its part. */
  moved(transfer: TftpTransfer): void {
    this.#unanswered.delete(transfer);
    this.#answered.delete(transfer);
    this.#answered.add(transfer);
  }

  delete(transfer: TftpTransfer): void {
    this.#unanswered.delete(transfer);
    this.#answered.delete(transfer);
  }

  /** The transfer that makes room first; undefined when the clients of all are at it. */
  #silentOne(): TftpTransfer | undefined {
    const [unanswered] = this.#unanswered;
    if (unanswered !== undefined) return unanswered;
    const [silent] = this.#answered;
    return silent !== undefined && performance.now() - silent.silentSince > silenceMs ? silent : undefined;
  }
}
