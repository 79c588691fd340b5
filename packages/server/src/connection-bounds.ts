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
  /**
   * The phone has authenticated: strangers cannot push it out any longer.
   *
   * @returns false when the service holds as many sessions as it may; the phone is to be hung up on
   */
  authenticated(): boolean;
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
  standing: 'unauthenticated' | 'session' | 'gone';
}

/**
 * Counts the connections of phones and makes room where there are too many. A stranger can open any number of connections
 * and hold each as long as a deadline allows, so where those that have not authenticated reach a bound the oldest goes: a
 * phone that speaks when it is asked is past this long before it is the oldest.
 *
 * IPv6 addresses are counted by their /64, since whoever has one has them all.
 */
export class ConnectionBounds {
  readonly #options: BoundsOptions;
  /** In the order of their coming. */
  readonly #unauthenticated = new Set<Place>();
  readonly #unauthenticatedOf = new Map<string, Set<Place>>();
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
    const place: Place = { network, shared, drop, dropped: false, standing: 'unauthenticated' };
    this.#unauthenticated.add(place);
    const neighbours = this.#unauthenticatedOf.get(network) ?? new Set();
    this.#unauthenticatedOf.set(network, neighbours.add(place));
    const { unauthenticated, unauthenticatedPerAddress, unauthenticatedPerProxy = Infinity } = this.#options;
    const most = shared ? unauthenticatedPerProxy : unauthenticatedPerAddress;
    if (neighbours.size > most) this.#dropOldestOf(neighbours, 'unauthenticatedPerAddress');
    if (this.#unauthenticated.size > unauthenticated) this.#dropOldestOf(this.#unauthenticated, 'unauthenticated');
    this.relieve();
    return {
      authenticated: () => this.#authenticated(place),
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

  #authenticated(place: Place): boolean {
    // One that is gone finds out when it speaks.
    if (place.standing !== 'unauthenticated') return true;
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
    if (standing === 'unauthenticated') {
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

  #dropOldestOf(places: ReadonlySet<Place>, bound: Bound): void {
    const [oldest] = places;
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
