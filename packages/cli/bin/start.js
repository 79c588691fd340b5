// `npm start`: installs and builds when needed, then serves in this very process, so that signals reach the service.
import { join, resolve } from 'node:path';
import { prepare, root } from './prepare.js';

await prepare();
const { main } = await import('../dist/main.js');
// npm changes to the package's directory; INIT_CWD is where the command was typed.
const typedIn = resolve(process.env.INIT_CWD ?? process.cwd());
const defaultDirectories = { dataDir: join(root, 'data'), capfTrustDir: join(root, 'certs', 'capf-trust') };
await main(['serve', ...process.argv.slice(2)], { typedIn, defaultDirectories });
