// Preloaded into a service of the bench (`--import`): collects garbage at SIGUSR2 and writes down what is held then, in bytes.
import { renameSync, writeFileSync } from 'node:fs';

const collect = globalThis.gc as
  | undefined
  | ((how: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void);
const file = process.env['BENCH_HELD_FILE'];
// Without --expose-gc, or in another program than the service, there is nothing to do.
if (collect !== undefined && file !== undefined && process.argv.includes('serve')) {
  process.on('SIGUSR2', () => {
    collect({ type: 'major', flavor: 'last-resort' });
    const { heapUsed, external } = process.memoryUsage();
    writeFileSync(`${file}.new`, String(heapUsed + external));
    renameSync(`${file}.new`, file);
  });
}
