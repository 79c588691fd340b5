// `npm run bench [-- PART ... --json --write]`: installs and builds when needed, then measures (docs/performance.md).
import { prepare } from '../packages/cli/bin/prepare.js';

await prepare();
const { bench } = await import('./dist/bench/main.js');
process.exitCode = await bench(process.argv.slice(2));
