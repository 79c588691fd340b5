#!/usr/bin/env node
// Committed as plain JavaScript: npm links only a bin that exists when it installs, which is before the first build.
import { existsSync } from 'node:fs';

const built = new URL('../dist/main.js', import.meta.url);
if (existsSync(built)) {
  const { main } = await import('../dist/main.js');
  await main(process.argv.slice(2));
} else {
  process.stderr.write('opencapf: not built yet; type "npm start" or "npm run build" in the repository first\n');
  process.exitCode = 1;
}
