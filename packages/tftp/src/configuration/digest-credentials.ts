import type { XmlElement } from './element-tree.js';

/** The digest user's name and password of a line (tftp-file-formats.md, section 9: `sipProfile/.../line`). */
const credentials: ReadonlySet<string> = new Set(['authName', 'authPassword']);

/** The elements of a full file that hold digest credentials: `authName` and `authPassword` of each `line` below `sipProfile`. */
export function digestCredentials(device: XmlElement): readonly XmlElement[] {
  return device.children.filter(({ name }) => name === 'sipProfile').flatMap(credentialsOfLines);
}

function credentialsOfLines({ name, children }: XmlElement): readonly XmlElement[] {
  return children.flatMap((child) =>
    name === 'line' && credentials.has(child.name) ? [child] : credentialsOfLines(child),
  );
}
