import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { failureText, readScenarioFile, runScenario } from '@opencapf/phone/scenario';
import { type TestDatabase, testDatabase } from '@opencapf/store/testing';
import { type OpenTarget, privateTarget } from 'opencapf/scenario-target';
import { root } from './support/service-process.js';

const directory = join(root, 'test', 'scenarios');
const files = readdirSync(directory)
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => readScenarioFile(join('test', 'scenarios', name), readFileSync(join(directory, name), 'utf8')));

/** The examples of the document are scenarios too. */
const document = readFileSync(join(root, 'docs', 'scenarios.md'), 'utf8');
const examples = [...document.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, content = ''], index) =>
  readScenarioFile(`docs/scenarios.md, example ${index + 1}`, content),
);
files.push(...examples);

const settings = [...new Set(files.map(({ service }) => JSON.stringify(service)))];

for (const service of settings) {
  // Files name different devices, so they go on beside each other; the scenarios of one file do not.
  describe(`a service with ${service}`, { concurrency: 3 }, () => {
    let database: TestDatabase;
    let opened: OpenTarget;
    before(async () => {
      database = await testDatabase({ migrated: false });
      opened = await privateTarget({ settings: JSON.parse(service), databaseUrl: database.url });
    });
    after(async () => {
      await opened[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    });
    for (const { file, scenarios } of files.filter((candidate) => JSON.stringify(candidate.service) === service)) {
      describe(file, { concurrency: 1 }, () => {
        for (const scenario of scenarios) {
          it(scenario.name, async () => {
            const { failures } = await runScenario(scenario, opened.target);
            if (failures.length === 0) return;
            throw new Error(`\n${failures.map((failure) => failureText(file, failure)).join('\n')}`);
          });
        }
      });
    }
  });
}
