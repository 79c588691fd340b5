import { networkOf } from '@opencapf/enrollment';

/** How many connections of phones a process holds. */
export interface BoundsOptions {
  /** Phones that have authenticated, in all and of one network. */
  readonly sessions: number;
  readonly sessionsPerAddress: number;
  /** Connections that have not. */
  readonly unauthenticated: number;
  readonly unauthenticatedPerAddress: number;
  /** Of one address of loopback or a trusted proxy, behind which many may stand. */
  readonly unauthenticatedPerProxy: number | undefined;
  /** Whether many stand behind an address, so that bounds for one do not fit it. */
  readonly isShared: (address: string) => boolean;
  /** Whether the process is about to run out of descriptors. */
  readonly pressed: () => boolean;
}

/** Which bound a connection had to make room for, or was turned away by. */
export type Bound = 'descriptors' | 'unauthenticated' | 'unauthenticatedPerAddress' | 'sessions' | 'sessionsPerAddress';

/** A connection's place among the others. */
export interface Admission {
  /** Its handshake begins. */
  begun(): void;
  /**
   * The phone has authenticated: strangers cannot push it out any longer.
   *
   * @returns false when the service holds as many sessions as it may; the phone is to be hung up on
   */
  authenticated(): boolean;
  /** Whether the phone has authenticated and is still there. */
  readonly isSession: boolean;
  /** Whether the connection had to make room. */
  readonly dropped: boolean;
  /** The connection is closed. */
  leave(): void;
}

interface Place {
  readonly network: string;
  readonly shared: boolean;
  readonly drop: () => void;
  dropped: boolean;
  standing: 'silent' | 'begun' | 'session' | 'gone';
}

/**
 * Connections that have not authenticated. Those that have not come to a handshake cost a stranger nothing, and come in
 * any number while a phone is busy with its own: they make room first, unless most have come further.
 */
class Unauthenticated {
  /** Each in the order of their coming. */
  readonly #silent = new Set<Place>();
  readonly #begun = new Set<Place>();

  get size(): number {
    return this.#silent.size + this.#begun.size;
  }

  add(place: Place): void {
    this.#silent.add(place);
  }

  begin(place: Place): void {
    if (this.#silent.delete(place)) this.#begun.add(place);
  }

  delete(place: Place): void {
    if (!this.#silent.delete(place)) this.#begun.delete(place);
  }

  /** Never the newest while there is another. */
  get next(): Place | undefined {
    const [first] = this.#silent.size > this.#begun.size ? this.#silent : this.#begun;
    return first;
  }
}

/**
 * Counts the connections of phones and makes room where there are too many. A stranger can open any number of connections
 * and hold each as long as a deadline allows, so where those that have not authenticated reach a bound the oldest goes, first of
 * those without a handshake: a phone that speaks when it is asked is past this long before it is the oldest.
 *
 * IPv6 addresses are counted by their /64, since whoever has one has them all.
 */
export class ConnectionBounds {
  readonly #options: BoundsOptions;
  readonly #unauthenticated = new Unauthenticated();
  readonly #unauthenticatedOf = new Map<string, Unauthenticated>();
  readonly #sessionsOf = new Map<string, number>();
  #sessions = 0;
  readonly #dropped = new Map<Bound, number>();

  constructor(options: BoundsOptions) {
    this.#options = options;
  }

  /**
   * Enters a new connection, and drops the oldest where it is one too many.
   *
   * @param address - IP address, IPv4 not wrapped in IPv6
   * @param drop - closes the connection at once; `leave` may be called meanwhile
   */
  admit(address: string, drop: () => void): Admission {
    const network = networkOf(address);
    const shared = this.#options.isShared(address);
    const place: Place = { network, shared, drop, dropped: false, standing: 'silent' };
    this.#unauthenticated.add(place);
    const neighbours = this.#unauthenticatedOf.get(network) ?? new Unauthenticated();
    neighbours.add(place);
    this.#unauthenticatedOf.set(network, neighbours);
    const { unauthenticated, unauthenticatedPerAddress, unauthenticatedPerProxy = Infinity } = this.#options;
    const most = shared ? unauthenticatedPerProxy : unauthenticatedPerAddress;
    if (neighbours.size > most) this.#dropOldestOf(neighbours, 'unauthenticatedPerAddress');
    if (this.#unauthenticated.size > unauthenticated) this.#dropOldestOf(this.#unauthenticated, 'unauthenticated');
    this.relieve();
    return {
      begun: () => this.#begin(place),
      authenticated: () => this.#authenticated(place),
      get isSession() {
        return place.standing === 'session';
      },
      get dropped() {
        return place.dropped;
      },
      leave: () => this.#leave(place),
    };
  }

  /** Drops as many of the oldest as it takes to have descriptors left, but never the newest. */
  relieve(): void {
    while (this.#unauthenticated.size > 1 && this.#options.pressed()) {
      this.#dropOldestOf(this.#unauthenticated, 'descriptors');
    }
  }

  /** How many connections each bound has cost since the last call. */
  takeDropped(): ReadonlyMap<Bound, number> {
    const dropped = new Map(this.#dropped);
    this.#dropped.clear();
    return dropped;
  }

  #begin(place: Place): void {
    if (place.standing !== 'silent') return;
    place.standing = 'begun';
    this.#unauthenticated.begin(place);
    this.#unauthenticatedOf.get(place.network)?.begin(place);
  }

  #authenticated(place: Place): boolean {
    // One that is gone finds out when it speaks.
    if (place.standing === 'session' || place.standing === 'gone') return true;
    const { sessions, sessionsPerAddress } = this.#options;
    const neighbours = this.#sessionsOf.get(place.network) ?? 0;
    if (this.#sessions >= sessions) return this.#count('sessions');
    if (!place.shared && neighbours >= sessionsPerAddress) return this.#count('sessionsPerAddress');
    this.#leave(place);
    place.standing = 'session';
    this.#sessions += 1;
    this.#sessionsOf.set(place.network, neighbours + 1);
    return true;
  }

  #leave(place: Place): void {
    const { network, standing } = place;
    place.standing = 'gone';
    if (standing === 'silent' || standing === 'begun') {
      this.#unauthenticated.delete(place);
      const neighbours = this.#unauthenticatedOf.get(network);
      neighbours?.delete(place);
      if (neighbours?.size === 0) this.#unauthenticatedOf.delete(network);
    } else if (standing === 'session') {
      this.#sessions -= 1;
      const left = (this.#sessionsOf.get(network) ?? 1) - 1;
      if (left === 0) this.#sessionsOf.delete(network);
      else this.#sessionsOf.set(network, left);
    }
  }

  #dropOldestOf(places: Unauthenticated, bound: Bound): void {
    const oldest = places.next;
    if (oldest === undefined) return;
    this.#leave(oldest);
    oldest.dropped = true;
    this.#count(bound);
    oldest.drop();
  }

  #count(bound: Bound): false {
    this.#dropped.set(bound, (this.#dropped.get(bound) ?? 0) + 1);
    return false;
  }
}
