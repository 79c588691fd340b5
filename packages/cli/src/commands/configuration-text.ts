import { itemsOf, shown } from './with-service.js';

/** What is found in a file that phones will hardly like, or that does not do what it looks like: a line each. */
export function findingLines(report: Readonly<Record<string, unknown>>): readonly string[] {
  return itemsOf({ items: report['findings'] }).map(
    ({ path, line, message }) => `finding: ${shown(path)}, line ${shown(line)}: ${shown(message)}`,
  );
}
