// The load generator's process: phones that come, with keys that were made before.
import { setMaxListeners } from 'node:events';
import { createPhoneTls, type Enrollment, enroll, readCapfTrust } from '@opencapf/phone';
import type { FromLoad, LoadOrder, ToLoad } from './load-messages.js';
import { makePhoneKeys } from './phone-keys.js';

const keys = [...makePhoneKeys(Number(process.argv[2]))];
let release: () => void = () => {};

process.on('message', (message: ToLoad) => {
  if (message.kind === 'release') release();
  else void obey(message.order);
});
process.once('disconnect', () => process.exit());
tell({ kind: 'ready' });

function tell(message: FromLoad): void {
  process.send?.(message);
}

async function obey({ host, port, trust, names, concurrency, hold }: LoadOrder): Promise<void> {
  const tls = createPhoneTls({ trust: trust === undefined ? undefined : readCapfTrust(Buffer.from(trust)) });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  setMaxListeners(0);
  let holding = 0;
  const makeKey = async () => {
    const key = keys.pop();
    holding += 1;
    if (hold && holding === names.length) tell({ kind: 'holding' });
    if (hold) await released;
    return key;
  };
  const queue = [...names];
  const outcomes: Record<string, number> = {};
  const sessions: number[] = [];
  const steps: Record<string, number[]> = {};
  const begun = performance.now();
  const lane = async (): Promise<void> => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const enrollment = await enroll({ host, port, name, tls, timeoutMs: 60_000 }, { makeKey });
      const { kind } = enrollment.outcome;
      outcomes[kind] = (outcomes[kind] ?? 0) + 1;
      measure(enrollment, sessions, steps);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  tell({ kind: 'result', outcomes, elapsedMs: performance.now() - begun, sessions, steps });
}

/** A step of the server lies between a message of the phone and the next one of the server. */
function measure({ steps: course }: Enrollment, sessions: number[], steps: Record<string, number[]>): void {
  for (const [index, { event, command, at }] of course.entries()) {
    const answer = course[index + 1];
    if (event !== 'sent' || answer?.event !== 'received') continue;
    const name = `${command} to ${answer.command}`;
    steps[name] ??= [];
    steps[name].push(answer.at - at);
  }
  const [first] = course;
  const last = course.at(-1);
  if (first !== undefined && last !== undefined) sessions.push(last.at - first.at);
}
