// The load generator's process: phones that come, with keys that were made before.
import { setTimeout as pass } from 'node:timers/promises';
import { createPhoneTls, readCapfTrust } from '@opencapf/phone';
import { KeyStock, runLoad } from '@opencapf/phone/load';
import type { FromLoad, Order, ToLoad } from './load-messages.js';

const keyType = { kind: 'rsa', size: 2048 } as const;
const keys = new KeyStock();
let release: () => void = () => {};

process.on('message', (message: ToLoad) => {
  switch (message.kind) {
    case 'names':
      void keys.prepare(message.names, keyType).then(() => tell({ kind: 'ready' }));
      break;
    case 'order':
      void obey(message.order);
      break;
    case 'release':
      release();
      break;
  }
});
process.once('disconnect', () => process.exit());

function tell(message: FromLoad): void {
  process.send?.(message);
}

async function obey(order: Order): Promise<void> {
  const { host, port, trust, alsoTrust = '', names, concurrency, ratePerSecond, releasedPerSecond, comesAgain } = order;
  const pem = trust === undefined ? undefined : Buffer.from(`${trust}${alsoTrust}`);
  const tls = createPhoneTls({ trust: pem && readCapfTrust(pem) });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let arrived = 0;
  const arrive = (): number => {
    arrived += 1;
    if (arrived === names.length) tell({ kind: 'holding' });
    return arrived;
  };
  let failed = 0;
  const { result } = await runLoad(
    names.map((name) => ({ name, errand: 'install' })),
    {
      ...{ host, port, tls, concurrency, ratePerSecond, comesAgain, timeoutMs: 60_000 },
      keyFor: (name, type) => keys.keyFor(name, type),
      ...(releasedPerSecond === undefined
        ? {}
        : {
            keyTime: async () => {
              const place = arrive();
              await released;
              await pass((place / releasedPerSecond) * 1_000);
            },
            // Who fails before the release was not there to be held.
            watch: (progress) => {
              if (progress.failed > failed && arrived < names.length) arrive();
              failed = progress.failed;
            },
          }),
    },
  );
  tell({ kind: 'result', result });
}
