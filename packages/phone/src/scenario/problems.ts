import type { z } from 'zod';
import { stepKinds } from './language.js';

/** Something wrong in a scenario file. */
export interface Problem {
  readonly path: readonly (string | number)[];
  /** Goes on from the name of the place, e.g. `must be a duration`. */
  readonly words: string;
}

/** What is wrong in a value, in words for whoever wrote it. */
export function findProblems(schema: z.ZodType, value: unknown): readonly Problem[] {
  const read = schema.safeParse(value, { reportInput: true });
  return read.success ? [] : read.error.issues.flatMap((issue) => problemsOf(issue, []));
}

function problemsOf(issue: z.core.$ZodIssue, above: Problem['path']): readonly Problem[] {
  const path = [...above, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  switch (issue.code) {
    case 'invalid_union':
      return problemsOfUnion(issue, path);
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], words: 'is not known here' }));
    case 'invalid_value':
      return [{ path, words: `must be ${issue.values.map(String).join(', ')}` }];
    case 'invalid_type':
      return [{ path, words: issue.input === undefined ? 'is missing' : `must be ${typeWords(issue.expected)}` }];
    case 'invalid_key':
      return issue.issues.flatMap((inner) => problemsOf({ ...inner, path: [] } as z.core.$ZodIssue, path));
    case 'invalid_format':
      return [{ path, words: issue.message.startsWith('must') ? issue.message : 'has the wrong form' }];
    default:
      return [{ path, words: `is wrong: ${issue.message}` }];
  }
}

/** Of a step only the problems of its kind, by the key that names it; else of the alternative with the fewest. */
function problemsOfUnion(issue: z.core.$ZodIssueInvalidUnion, path: Problem['path']): readonly Problem[] {
  const kinds = Object.keys(stepKinds);
  const { input } = issue;
  if (issue.errors.length === kinds.length) {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      return [{ path, words: 'must be a step' }];
    }
    const kind = kinds.findIndex((name) => name in input);
    if (kind < 0) return [{ path, words: `names no step: one of its keys must be ${kinds.join(', ')}` }];
    return (issue.errors[kind] ?? []).flatMap((inner) => problemsOf(inner, path));
  }
  const alternatives = issue.errors.map((issues) => issues.flatMap((inner) => problemsOf(inner, path)));
  const deepest = alternatives.filter((problems) => problems.some((problem) => problem.path.length > path.length));
  const [only] = deepest;
  if (only !== undefined) return only;
  return [{ path, words: alternatives.flatMap((problems) => problems.map(({ words }) => words)).join(', or ') }];
}

function typeWords(expected: string): string {
  switch (expected) {
    case 'object':
    case 'record':
      return 'a mapping';
    case 'array':
      return 'a list';
    case 'string':
      return 'a text (numbers in quotes)';
    case 'int':
      return 'a whole number';
    default:
      return `a ${expected}`;
  }
}
