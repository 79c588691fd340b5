import { setTimeout as delay } from 'node:timers/promises';
import type { LiveSessions } from '@opencapf/enrollment';
import {
  beat,
  beatEveryMs,
  type Database,
  endForgottenSessions,
  forgetNode,
  noteDraining,
  type ServingNode,
} from '@opencapf/store';
import type { Logger } from '../log.js';
import type { NodeClock } from './node-clock.js';
import { periodically } from './periodically.js';

/** What a node's beat is made with. */
export interface HeartbeatOptions {
  readonly database: Database;
  readonly node: ServingNode;
  readonly clock: NodeClock;
  /** The sessions that this process serves, where it serves any. */
  readonly live?: Pick<LiveSessions, 'ids'>;
  readonly log: Logger;
}

/** A beat that goes on. */
export interface Heartbeat {
  /** Tells everybody that the node takes no new phones. */
  draining(): void;
  /** Signs off. */
  stop(): Promise<void>;
}

const beatsBetweenReviews = 6;

/** How long a node that stops waits for PostgreSQL to take its signing off, in milliseconds: silence says the same. */
const signOffMs = 3_000;

/**
 * Says at once and then every ten seconds that this node lives, which renews what its sessions hold, and compares its clock.
 * Every minute it ends the record of sessions that it serves no more. A beat that fails is logged, and the next one tries
 * again.
 *
 * @throws what the first beat does: a node that nobody knows of must not serve
 */
export async function startHeartbeat({ database, node, clock, live, log }: HeartbeatOptions): Promise<Heartbeat> {
  const tell = async (): Promise<void> => await clock.compare(() => beat(database, node, clock.offsetMs));
  await tell();
  let beats = 0;
  const stopBeating = periodically(beatEveryMs, async () => {
    try {
      await tell();
      beats += 1;
      if (live === undefined || beats % beatsBetweenReviews !== 0) return;
      const lost = await endForgottenSessions(database, node.id, live.ids());
      if (lost > 0) log.info({ lost }, 'ended sessions whose end was not on record');
    } catch (err) {
      log.warn({ err }, 'this node could not say that it lives');
    }
  });
  let noted: Promise<void> | undefined;
  return {
    draining() {
      noted ??= noteDraining(database, node.id).catch((err: unknown) => {
        log.warn({ err }, 'this node could not say that it drains');
      });
    },
    async stop() {
      const signOff = async (): Promise<void> => {
        await stopBeating();
        await noted;
        await forgetNode(database, node.id);
      };
      const signedOff = signOff().catch((err: unknown) => log.warn({ err }, 'this node could not sign off'));
      await Promise.race([signedOff, delay(signOffMs, undefined, { ref: false })]);
    },
  };
}
