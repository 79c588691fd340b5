/** Who holds a session and can be told to give way. */
export interface SessionHolder {
  supersede(): void;
}

/**
 * The recorded sessions that this node serves now. Of those that work on a device's operation there is one at most: the
 * newest authenticated one wins (DESIGN, section 3, invariant 3). Between nodes the database decides; here the older one
 * need not wait to find out.
 */
export class LiveSessions {
  readonly #ids = new Set<number>();
  readonly #workers = new Map<number, { readonly session: number; readonly holder: SessionHolder }>();

  /** Enters a session that is to change nothing but by itself. */
  enter(session: number): void {
    this.#ids.add(session);
  }

  /** Enters a session that works on an operation of a device; an older one is told to give way. */
  enterWorker(device: number, session: number, holder: SessionHolder): void {
    this.#ids.add(session);
    const other = this.#workers.get(device);
    // Their numbers tell which began last, in whatever order the database's answers arrived.
    if (other !== undefined && other.session > session) {
      holder.supersede();
      return;
    }
    this.#workers.set(device, { session, holder });
    other?.holder.supersede();
  }

  /** The session is over. */
  leave(device: number, session: number): void {
    this.#ids.delete(session);
    if (this.#workers.get(device)?.session === session) this.#workers.delete(device);
  }

  /** Ids of the sessions that are under way. */
  ids(): readonly number[] {
    return [...this.#ids];
  }
}
