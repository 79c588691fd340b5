import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { putDevice } from '@opencapf/store';
import { testDatabase } from '@opencapf/store/testing';
import { root, ServiceProcess, temporaryDirectory } from '../support/service-process.js';

/** The commands of the parts that need nothing but a device. */
const parts = ['Security profiles', 'The full file of a device', 'Keys that are entered by hand'];

function commandsOf(document: string, part: string): string {
  const text = document.split(/^## /m).find((one) => one.startsWith(`${part}\n`)) ?? '';
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block).join('\n');
}

async function run(script: string, cwd: string, env: Readonly<Record<string, string>>): Promise<string> {
  return await new Promise((resolve, reject) => {
    const bash = ['-euo', 'pipefail', '-c', script];
    execFile('bash', bash, { cwd, env }, (fault, out, err) =>
      fault === null ? resolve(out) : reject(new Error(`${err}\n${out}`, { cause: fault })),
    );
  });
}

describe('docs/configuration-files.md', () => {
  it('holds commands that work as they stand', async () => {
    await using test = await testDatabase();
    using directory = temporaryDirectory();
    const token = 'an-administrator-of-sixteen';
    await using service = new ServiceProcess({
      dataDir: join(directory.path, 'data'),
      settings: { DATABASE_URL: test.url, OPENCAPF_ADMIN_TOKEN: token },
    });
    const { admin } = await service.ready();
    await putDevice(test.database, 'SEP001122334455', 'phone', {}, { name: 'test' });
    const document = readFileSync(join(root, 'docs', 'configuration-files.md'), 'utf8');
    const program = join(root, 'packages', 'cli', 'bin', 'opencapf.js');
    writeFileSync(join(directory.path, 'opencapf.sh'), `opencapf() { "${process.execPath}" "${program}" "$@"; }\n`);
    const { PATH = '', OPENCAPF_TEST_RUN = '' } = process.env;
    const env = {
      ...{ PATH, OPENCAPF_TEST_RUN, OPENCAPF_SERVER: admin, OPENCAPF_TOKEN: token },
      OPENCAPF_DATA_DIR: join(directory.path, 'data'),
    };
    for (const part of parts) {
      const commands = commandsOf(document, part);
      assert.match(commands, /^opencapf /m, part);
      const out = await run(`. ./opencapf.sh\n${commands}`, directory.path, env);
      assert.doesNotMatch(out, /choose another/, 'secrets are not shown');
    }
    // What a start brings along, for every model.
    const predefined = await run('. ./opencapf.sh; opencapf profile list --model 8845', directory.path, env);
    assert.match(predefined, /^Cisco 8845 - Standard SIP Non-Secure Profile .*predefined$/m);
  });
});
