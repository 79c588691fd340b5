import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scenarioJsonSchema } from './json-schema.js';
import { readScenarioFile, ScenarioFileError } from './scenario-file.js';

const good = `
scenarios:
  - name: an install with \${size} bits
    each:
      - { size: 2048, mode: nullString }
      - { size: 4096, mode: nullString }
    steps:
      - device: SEP001122334455
      - queue: SEP001122334455
        operation: install
        authenticationMode: \${mode}
        rsaKeySize: \${size}
      - together:
          - phone: SEP001122334455
            expect: { outcome: installed, certificate: { md5hash: "\${other.md5hash}" } }
          - - mark: done
`;

test('a scenario is made for each set of its variables, and what a step will bring is left for then', () => {
  const { scenarios, service } = readScenarioFile('good.yaml', good);
  assert.deepEqual(service, {});
  assert.deepEqual(
    scenarios.map(({ name }) => name),
    ['an install with 2048 bits', 'an install with 4096 bits'],
  );
  const [, second] = scenarios;
  assert.deepEqual(second?.steps[1], {
    queue: 'SEP001122334455',
    operation: 'install',
    authenticationMode: 'nullString',
    rsaKeySize: 4096,
  });
  assert.match(JSON.stringify(second?.steps[2]), /"\$\{other\.md5hash\}"/);
});

test('a step is found in the file by its place', () => {
  const [first] = readScenarioFile('good.yaml', good).scenarios;
  assert.equal(first?.line, 3);
  assert.deepEqual([first?.lineOf([1]), first?.lineOf([2, 'together', 0])], [9, 14]);
});

const wrong: readonly (readonly [string, string, RegExp])[] = [
  ['no YAML', 'scenarios: [', /^f\.yaml:1: /],
  ['no mapping', '- a', /^f\.yaml:1: .*must be a mapping/],
  ['no scenarios', 'service: {}', /^f\.yaml:1: .*scenarios is missing/m],
  ['a setting that is none', 'service: { colour: red }\nscenarios: []', /^f\.yaml:1: service.colour must be a setting/],
  ['an unknown key', inSteps('- phone: SEP1\n  expct: {}'), /^f\.yaml:5: expct is not known here/m],
  ['an unknown step', inSteps('- fone: SEP1'), /^f\.yaml:4: names no step: one of its keys must be device, queue,/],
  ['a step that is no mapping', inSteps('- phone'), /^f\.yaml:4: must be a step/],
  ['a phone that expects nothing', inSteps('- phone: SEP1'), /^f\.yaml:4: expect is missing/],
  ['a string that is a number', inSteps('- device: 4711'), /^f\.yaml:4: device must be a text \(numbers in quotes\)/],
  [
    'an outcome that is none',
    inSteps('- phone: a\n  expect: { outcome: happy }'),
    /^f\.yaml:5: expect.outcome must be/,
  ],
  [
    'a duration that is none, deep inside',
    inSteps('- together:\n  - - wait: 5'),
    /^f\.yaml:5: wait must be a text \(numbers in quotes\), or must be a mapping/,
  ],
  [
    'a variable that stands for nothing',
    inSteps(`- device: \${name}`),
    /^f\.yaml:4: device \$\{name\} stands for nothing/,
  ],
  [
    'an expression that is none',
    inSteps('- check: a\n  row: { md5hash: /(/ }'),
    /^f\.yaml:5: row.md5hash is no regular expression/,
  ],
  ['a name twice', `${inSteps('- mark: a')}  - name: x\n    steps: [{ mark: a }]\n`, /^f\.yaml:5: a second scenario/],
];

function inSteps(steps: string): string {
  return `scenarios:\n  - name: x\n    steps:\n${steps.replaceAll(/^/gm, '      ')}\n`;
}

for (const [what, content, complaint] of wrong) {
  test(`a file with ${what} is refused with file, line and what is wrong`, () => {
    assert.throws(
      () => readScenarioFile('f.yaml', content),
      (fault) => fault instanceof ScenarioFileError && complaint.test(fault.message),
    );
  });
}

test('every fault of a file is told at once', () => {
  const content = inSteps('- device: 1\n- mark: 2\n- phone: a\n  expect: { outcome: left }');
  assert.throws(
    () => readScenarioFile('f.yaml', content),
    (fault) => fault instanceof ScenarioFileError && fault.faults.length === 2,
  );
});

test('the published schema knows every step and lets a variable stand for a number', () => {
  const schema = JSON.stringify(scenarioJsonSchema());
  for (const name of ['device', 'queue', 'phone', 'check', 'cancel', 'request', 'wait', 'mark', 'together']) {
    assert.ok(schema.includes(`"required":["${name}"`), name);
  }
  assert.match(schema, /"rsaKeySize":\{"anyOf":\[\{"type":"integer"/);
});
