/** A moment of a session: where it stood, and since when (ISO 8601). */
export interface SessionStep {
  readonly state: string;
  readonly at: string;
}

/** Who connected, from where, and how: known when the phone has introduced itself, or failed to. */
export interface SessionBeginning {
  /** Unsigned 32-bit number on the wire. */
  readonly wireId: number;
  /** UUID of the node that serves it. */
  readonly nodeId: string;
  readonly deviceId: number | undefined;
  /** As the phone gave it; kept up to 128 characters. Undefined when what it sent held none that could be read. */
  readonly deviceName: string | undefined;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly listener: string;
  readonly tlsVersion: string | undefined;
  readonly cipher: string | undefined;
  readonly capfVersion: number | undefined;
  /** Why the phone came, in its own number (phone-behaviour.md, "Which session, and why"). */
  readonly phoneReason: number | undefined;
  readonly operationId: number | undefined;
  readonly startedAt: Date;
  readonly authenticatedAt: Date | undefined;
  readonly steps: readonly SessionStep[];
}

/** How a session ended. */
export interface SessionEnding {
  readonly endedAt: Date;
  /** A code: see the list of outcomes in package enrollment. */
  readonly outcome: string;
  /** Reason of our END_SESSION; undefined when none was sent. */
  readonly endReason: number | undefined;
  /** In words, for an administrator. */
  readonly reason: string | undefined;
  readonly steps: readonly SessionStep[];
}

const longestName = 128;

/** The facts as JSON with the names of the columns of `opencapf_private.session`. */
export function sessionFacts(beginning: SessionBeginning, ending?: SessionEnding): string {
  return JSON.stringify({
    wire_id: beginning.wireId,
    node_id: beginning.nodeId,
    device_id: beginning.deviceId,
    // Half a character at the end would be none that PostgreSQL takes.
    device_name: beginning.deviceName?.slice(0, longestName).replace(/[\uD800-\uDBFF]$/, ''),
    remote_address: beginning.remoteAddress,
    remote_port: beginning.remotePort,
    listener: beginning.listener,
    tls_version: beginning.tlsVersion,
    cipher: beginning.cipher,
    capf_version: beginning.capfVersion,
    phone_reason: beginning.phoneReason,
    operation_id: beginning.operationId,
    started_at: beginning.startedAt,
    authenticated_at: beginning.authenticatedAt,
    ...endingFacts(ending),
    steps: ending?.steps ?? beginning.steps,
  });
}

/** Likewise, of a session that was recorded when it began. */
export function endingOfSession(ending: SessionEnding): string {
  return JSON.stringify({ ...endingFacts(ending), steps: ending.steps });
}

function endingFacts(ending: SessionEnding | undefined): object {
  return ending === undefined
    ? {}
    : {
        ended_at: ending.endedAt,
        outcome: ending.outcome,
        end_reason: ending.endReason,
        reason: ending.reason,
      };
}
