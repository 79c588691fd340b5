// `npm run docs` writes the generated documents; `npm run docs -- --check` says whether they are up to date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { scenarioJsonSchema } from '@opencapf/phone/scenario';
import { errorsDocument } from './errors-document.js';
import { settingsDocument } from './settings-document.js';

const documents = {
  'errors.md': errorsDocument(),
  'settings.md': settingsDocument(),
  'scenario.schema.json': `${JSON.stringify(scenarioJsonSchema(), undefined, 2)}\n`,
};
const checkOnly = process.argv.includes('--check');

for (const [name, content] of Object.entries(documents)) {
  const path = fileURLToPath(new URL(`../../../../docs/${name}`, import.meta.url));
  if (!checkOnly) {
    writeFileSync(path, content);
  } else if (!existsSync(path) || content !== readFileSync(path, 'utf8')) {
    process.stdout.write(`docs/${name} is out of date: type "npm run docs" and commit it\n`);
    process.exitCode = 1;
  }
}
