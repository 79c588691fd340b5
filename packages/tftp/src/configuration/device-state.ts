import { type CapfServer, capfListContent, serversOf } from './capf-servers.js';
import { standsBefore } from './device-order.js';
import { digestCredentials } from './digest-credentials.js';
import { applyEdits, type Edit, lineStartBefore, removeElements, replaceContent } from './edits.js';
import { type ConfigurationDocument, readDocument, type XmlElement } from './element-tree.js';
import { encodeText } from './encoding.js';

/** What a full file says of its device at this moment. */
export interface DeviceState {
  /** As in `capfAuthMode`: 0 when no operation is queued, else its mode (tftp-file-formats.md, section 6.5). */
  readonly capfAuthMode: number;
  /** Undefined leaves the list of the file. */
  readonly capfServers: readonly CapfServer[] | undefined;
  /** 32 lower-case hex digits; empty while no certificate is known. */
  readonly certHash: string;
  /** Whether the file goes out encrypted. */
  readonly encrypted: boolean;
  /** Whether digest credentials are left out: phones that have some then keep them. */
  readonly excludeDigestCredentials: boolean;
}

/**
 * Sets what a device's state says in its full file; every other byte stays. An element that is missing is put where files have it.
 *
 * @param xml - a file that `readConfiguration` accepts
 * @throws TftpError the codes of `readDocument`
 */
export function setDeviceState(xml: Uint8Array, state: DeviceState): Buffer {
  const document = readDocument(xml);
  const { text, device } = document;
  const values: readonly (readonly [string, string])[] = [
    ['fullConfig', 'true'],
    ['capfAuthMode', String(state.capfAuthMode)],
    ['certHash', state.certHash],
    ['encrConfig', String(state.encrypted)],
  ];
  const found = (name: string): XmlElement | undefined => device.children.find((child) => child.name === name);
  const edits: Edit[] = [];
  const missing = new Map<string, (lineStart: string) => string>();
  for (const [name, value] of values) {
    const element = found(name);
    if (element === undefined) missing.set(name, () => `<${name}>${value}</${name}>`);
    else if (text.slice(element.contentStart, element.contentEnd) !== value) {
      edits.push(replaceContent(text, element, value));
    }
  }
  const servers = state.capfServers;
  if (servers !== undefined) {
    const indent = indentation(document);
    const list = found('capfList');
    if (list === undefined) {
      missing.set('capfList', (start) => `<capfList>${capfListContent(servers, start, indent)}</capfList>`);
    } else if (!isSame(serversOf(list), servers)) {
      const lineStart = lineStartBefore(text, list.start);
      edits.push(replaceContent(text, list, capfListContent(servers, lineStart, indent)));
    }
  }
  edits.push(...insertions(document, missing));
  if (state.excludeDigestCredentials) {
    edits.push(...removeElements(text, digestCredentials(device)));
  }
  return encodeText(applyEdits(text, edits), document.encoding);
}

function isSame(one: readonly CapfServer[] | undefined, other: readonly CapfServer[]): boolean {
  return (
    one?.length === other.length &&
    other.every(({ host, port }, at) => one[at]?.host === host && one[at]?.port === port)
  );
}

/** What one level of depth adds in this file; nothing where it is written without line ends. */
function indentation({ text, device }: ConfigurationDocument): string {
  const first = device.children[0];
  return first === undefined ? '' : lineStartBefore(text, first.start).replace(/^[\r\n]+/, '');
}

/** Each behind the last of the elements that files have before it. */
function insertions(
  { text, device }: ConfigurationDocument,
  missing: ReadonlyMap<string, (lineStart: string) => string>,
): readonly Edit[] {
  const ordered = [...missing].sort(([one], [other]) => (standsBefore(one, other) ? -1 : 1));
  const first = device.children[0];
  const edits = ordered.map(([name, written]) => {
    const before = device.children.findLast((child) => standsBefore(child.name, name));
    const lineStart = lineStartBefore(text, (before ?? first)?.start ?? 0);
    const at = before?.end ?? device.contentStart;
    return { start: at, end: at, text: `${lineStart}${written(lineStart)}` };
  });
  if (!device.isEmptyTag || edits.length === 0) return edits;
  return [replaceContent(text, device, edits.map((edit) => edit.text).join(''))];
}
