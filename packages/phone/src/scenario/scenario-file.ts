import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { isReadable } from './expectation.js';
import { type Step, scenarioFileSchema, scenarioSchema } from './language.js';
import { findProblems, type Problem } from './problems.js';
import { putIn, UnknownVariable } from './variables.js';

/** A scenario that can be run. */
export interface Scenario {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly steps: readonly Step[];
  /** Line in the file of what stands at this path below `steps`. */
  lineOf(path: readonly (string | number)[]): number;
}

/** A scenario file that was read. */
export interface ScenarioFile {
  readonly file: string;
  /** Settings of the private service that these scenarios need. */
  readonly service: Readonly<Record<string, string>>;
  readonly scenarios: readonly Scenario[];
}

/** A file that is no scenario file: every fault, each with file and line. */
export class ScenarioFileError extends Error {
  override readonly name = 'ScenarioFileError';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/**
 * Reads a scenario file.
 *
 * @param file - its name, for messages
 * @param content - YAML 1.2
 * @throws ScenarioFileError
 */
export function readScenarioFile(file: string, content: string): ScenarioFile {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  const lineOf = (path: Path): number => lineAt(offsetOf(document, path));
  const [syntax] = document.errors;
  if (syntax !== undefined) throw new ScenarioFileError([`${file}:${lineAt(syntax.pos[0])}: ${syntax.message}`]);
  const faults: string[] = [];
  const complain = ({ path, words }: Problem): void => {
    faults.push(`${file}:${lineOf(path)}: ${placeName(path)}${words}`);
  };
  const given: unknown = document.toJS();
  const { outline, sets } = outlineOf(given);
  for (const problem of findProblems(scenarioFileSchema, outline)) complain(problem);
  if (faults.length > 0) throw new ScenarioFileError(faults);
  const scenarios = sets.flatMap(({ index, scenario, variables }): readonly Scenario[] => {
    const place: Path = ['scenarios', index];
    const expanded = withVariables(scenario, variables);
    if (expanded instanceof UnknownVariable) {
      complain({ path: [...place, ...expanded.path], words: expanded.message });
      return [];
    }
    const read = scenarioSchema.safeParse(expanded);
    for (const { path, words } of findProblems(scenarioSchema, expanded))
      complain({ path: [...place, ...path], words });
    for (const path of unreadablePatterns(expanded)) {
      complain({ path: [...place, ...path], words: 'is no regular expression' });
    }
    if (!read.success) return [];
    const { name, steps } = read.data;
    const stepLine = (path: Path): number => lineOf([...place, 'steps', ...path]);
    return [{ name, file, line: lineOf(place), steps, lineOf: stepLine }];
  });
  const twice = scenarios.find(({ name }, index) => scenarios.findIndex((other) => other.name === name) < index);
  if (twice !== undefined) faults.push(`${file}:${twice.line}: a second scenario is named "${twice.name}"`);
  if (faults.length > 0) throw new ScenarioFileError([...new Set(faults)]);
  return { file, service: serviceOf(given), scenarios };
}

type Path = readonly (string | number)[];

interface VariableSet {
  readonly index: number;
  readonly scenario: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * The file without the steps of its scenarios, which can be checked only with their variables put in, and each scenario
 * with each set of its variables.
 */
function outlineOf(given: unknown): { readonly outline: unknown; readonly sets: readonly VariableSet[] } {
  if (!isRecord(given) || !Array.isArray(given['scenarios'])) return { outline: given, sets: [] };
  const scenarios: readonly unknown[] = given['scenarios'];
  const stepless = scenarios.map((scenario) =>
    isRecord(scenario) ? { ...scenario, steps: [{ mark: '-' }] } : scenario,
  );
  const sets = scenarios.flatMap((scenario, index): readonly VariableSet[] => {
    if (!isRecord(scenario)) return [];
    const each: readonly unknown[] = Array.isArray(scenario['each']) ? scenario['each'] : [{}];
    return each.map((variables) => ({ index, scenario, variables: isRecord(variables) ? variables : {} }));
  });
  return { outline: { ...given, scenarios: stepless }, sets };
}

/** A name with a dot stands for what a step will bring, and is put in then. */
function withVariables(
  { each: _, ...scenario }: Readonly<Record<string, unknown>>,
  variables: Readonly<Record<string, unknown>>,
): unknown {
  try {
    return putIn(scenario, (name) => (name.includes('.') ? `\${${name}}` : variables[name]));
  } catch (fault) {
    if (!(fault instanceof UnknownVariable)) throw fault;
    return fault;
  }
}

function unreadablePatterns(value: unknown, path: Path = []): readonly Path[] {
  if (!isReadable(value)) return [path];
  if (Array.isArray(value)) return value.flatMap((entry, index) => unreadablePatterns(entry, [...path, index]));
  if (isRecord(value))
    return Object.entries(value).flatMap(([key, entry]) => unreadablePatterns(entry, [...path, key]));
  return [];
}

function serviceOf(given: unknown): Readonly<Record<string, string>> {
  const service = isRecord(given) && isRecord(given['service']) ? given['service'] : {};
  return Object.fromEntries(Object.entries(service).map(([name, value]) => [name, String(value)]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where a path stands, or as much of it as the file has. A key's value is found at the key. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent: unknown = document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isScalar(key) && key.value === last);
      if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0];
    }
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      return Number(node.range[0]);
    }
  }
  return 0;
}

/** The keys of a path, without those that only lead to a step or a scenario. */
function placeName(path: Path): string {
  const steps = path.findLastIndex((part) => part === 'steps' || part === 'together');
  const led = path.length > 1 && path[0] === 'scenarios' ? Math.max(steps + 1, 1) : steps + 1;
  const words = path.slice(led).filter((part) => typeof part === 'string');
  return words.length === 0 ? '' : `${words.join('.')} `;
}
