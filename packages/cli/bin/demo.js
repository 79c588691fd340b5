// `npm run demo`: installs and builds when needed, then tells the whole story on one screen.
import { prepare } from './prepare.js';

await prepare();
// Ctrl-C reaches the private service too: the story fails then, and cleans up.
process.on('SIGINT', () => {});
const { demo } = await import('../dist/demo.js');
process.exitCode = await demo(process.stdout);
