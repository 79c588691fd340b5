import type { ScenarioFailure, ScenarioResult } from './run-scenario.js';

/** A result for people: one line when it passed, else what failed, where, what was expected and what came. */
export function resultText({ scenario, durationMs, failures }: ScenarioResult): string {
  const verdict = failures.length === 0 ? 'pass' : 'FAIL';
  const head = `${verdict}  ${scenario.file}: ${scenario.name} (${(durationMs / 1000).toFixed(1)} s)\n`;
  return head + failures.map((failure) => `${failureText(scenario.file, failure)}\n`).join('');
}

/** One failure, several lines. */
export function failureText(file: string, { line, step, problems }: ScenarioFailure): string {
  return [`  ${file}:${line}: ${step}`, ...problems.map((problem) => `    ${problem}`)].join('\n');
}

/** Results for scripts. */
export function resultsAsJson(results: readonly ScenarioResult[]): object {
  return {
    passed: results.filter(({ failures }) => failures.length === 0).length,
    failed: results.filter(({ failures }) => failures.length > 0).length,
    scenarios: results.map(({ scenario: { file, line, name }, durationMs, failures }) => ({
      file,
      line,
      name,
      passed: failures.length === 0,
      durationMs: Math.round(durationMs),
      failures,
    })),
  };
}

/** Results as the JUnit XML that CI servers read: a test suite for each file. */
export function junitReport(results: readonly ScenarioResult[]): string {
  const files = [...new Set(results.map(({ scenario }) => scenario.file))];
  const suites = files.map((file) => {
    const own = results.filter(({ scenario }) => scenario.file === file);
    return `  <testsuite ${attributes({ name: file, ...totals(own) })}>\n${own.map(testCase).join('')}  </testsuite>\n`;
  });
  const head = `<testsuites ${attributes({ name: 'opencapf scenario run', ...totals(results) })}>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${suites.join('')}</testsuites>\n`;
}

function testCase({ scenario: { file, line, name }, durationMs, failures }: ScenarioResult): string {
  const opening = `    <testcase ${attributes({ name, classname: file, file, line, time: seconds(durationMs) })}`;
  if (failures.length === 0) return `${opening}/>\n`;
  const bodies = failures.map((failure) => {
    const message = `${failure.step}: ${failure.problems[0] ?? ''}`;
    return `      <failure ${attributes({ message })}>${xmlText(failureText(file, failure))}</failure>\n`;
  });
  return `${opening}>\n${bodies.join('')}    </testcase>\n`;
}

function totals(results: readonly ScenarioResult[]): Readonly<Record<string, string | number>> {
  return {
    tests: results.length,
    failures: results.filter(({ failures }) => failures.length > 0).length,
    time: seconds(results.reduce((sum, { durationMs }) => sum + durationMs, 0)),
  };
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${xmlText(String(value))}"`)
    .join(' ');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** What XML 1.0 cannot hold at all becomes U+FFFD. */
function xmlText(text: string): string {
  return text
    .replaceAll(/[&<>"]/g, (character) => entities[character] ?? character)
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
