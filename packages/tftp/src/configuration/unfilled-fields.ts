import { readDocument, type XmlElement } from './element-tree.js';
import type { ConfigurationFinding } from './report.js';
import { parts } from './template-text.js';

const nameInBraces = /\$\{([A-Za-z][A-Za-z0-9_.-]{0,63})\}/;
/** Findings at most: who reads them sees what is meant. */
const mostFindings = 20;

const places: Readonly<Record<string, string>> = {
  '<!--': 'a comment',
  '<![C': 'a CDATA section',
};

/**
 * What looks like a field of a template and is none, because it stands in a comment, a CDATA section or a processing instruction: one
 * finding for each of those, with the first name that it holds.
 *
 * @throws TftpError the codes of `readConfiguration`
 */
export function unfilledFields(xml: Uint8Array): readonly ConfigurationFinding[] {
  const { text, device } = readDocument(xml);
  const findings: ConfigurationFinding[] = [];
  let line = 1;
  let counted = 0;
  for (const { 0: whole, index } of text.matchAll(parts)) {
    const where = whole.startsWith('<') ? (places[whole.slice(0, 4)] ?? 'a processing instruction') : undefined;
    const found = where === undefined ? null : nameInBraces.exec(whole);
    if (found === null) continue;
    const at = index + found.index;
    line += lineEnds(text.slice(counted, at));
    counted = at;
    const message = `\${${found[1]}} stands in ${where}, where it is no field: nothing is put in its place.`;
    findings.push({ path: pathAt(device, index), line, message });
    if (findings.length === mostFindings) break;
  }
  return findings;
}

function lineEnds(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

/** Names of the elements around a place, from below `device`; that one where there is none. */
function pathAt(device: XmlElement, at: number): string {
  const names: string[] = [];
  let element: XmlElement | undefined = device;
  for (;;) {
    element = element.children.find(({ start, end }) => start <= at && at < end);
    if (element === undefined) return names.length === 0 ? device.name : names.join('/');
    names.push(element.name);
  }
}
