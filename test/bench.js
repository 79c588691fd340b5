// `npm run bench [-- --json]`: installs and builds when needed, then measures what an enrolment costs.
import { prepare } from '../packages/cli/bin/prepare.js';

await prepare();
const { bench } = await import('./dist/bench/main.js');
process.exitCode = await bench(process.argv.includes('--json'));
