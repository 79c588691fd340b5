import type { Socket } from 'node:net';

/** How long a connection is probed each time, in milliseconds: three or four probes go out. */
const probingMs = 3_500;

/** The kernel's first probe leaves after so long without a sign of the peer, in milliseconds; Node knows whole seconds. */
const firstProbeMs = 1_000;

/**
 * Probes a silent connection every so often, so that firewalls between keep it while a phone makes its key, and a peer
 * that has lost it says so.
 *
 * Node's `setKeepAlive` makes the kernel probe every second and give up after ten, and nothing in Node reaches these
 * numbers: an outage of ten seconds at that moment would end the session. So probing is switched off again before ten
 * probes can have left. The kernel counts unanswered ones over several times of probing: a peer that stays silent through
 * three of them is gone.
 *
 * @returns stops it
 */
export function keepAlive(socket: Socket, everyMs: number): () => void {
  let rest: NodeJS.Timeout | undefined;
  const probing = setInterval(() => {
    socket.setKeepAlive(true, firstProbeMs);
    rest = setTimeout(() => socket.setKeepAlive(false), probingMs).unref();
  }, everyMs).unref();
  return () => {
    clearInterval(probing);
    clearTimeout(rest);
  };
}
