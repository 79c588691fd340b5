// Preloaded into a service of the bench (`--import`): collects garbage at SIGUSR2 and writes down what is held then, in bytes.
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

const file = process.env['BENCH_HELD_FILE'];
// In another program than the service there is nothing to do.
if (file !== undefined && process.argv.includes('serve')) {
  // What is compiled again after a rest would be taken for what phones hold.
  setFlagsFromString('--no-flush-bytecode');
  const session = new Session();
  session.connect();
  process.on('SIGUSR2', () => {
    // Goes on until nothing more is freed. The function `gc` of --expose-gc does not: of a service that has served 300 phones it
    // leaves 10 to 45 MB, for as long as half a minute.
    session.post('HeapProfiler.collectGarbage', (fault) => {
      if (fault !== null) throw fault;
      const { heapUsed, external } = process.memoryUsage();
      writeFileSync(`${file}.new`, String(heapUsed + external));
      renameSync(`${file}.new`, file);
    });
  });
}
