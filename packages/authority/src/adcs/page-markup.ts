/** Tags longer than any of the pages' are passed over, so that reading costs time that grows with the length alone. */
const tagWithAttributes = /<[a-z][a-z0-9]{0,15}\s([^<>]{1,400})>/gi;
const idAttribute = /(?:^|\s)id\s*=\s*["']?([A-Za-z]\w{0,60})/i;
const endOfParagraph = /<\/?(?:p|table|dl|dt|dd|form|hr|body)\b/gi;
const definitionStart = /<dd\b[^<>]{0,100}>/gi;
const endOfDefinition = /<\/?(?:dd|dt|dl)\b/gi;

/** Where each element with an ID begins, behind its tag; IDs in lower case. */
export function elementPlaces(html: string): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const match of html.matchAll(tagWithAttributes)) {
    const id = idAttribute.exec(match[1] ?? '')?.[1]?.toLowerCase();
    if (id !== undefined && !places.has(id)) places.set(id, match.index + match[0].length);
  }
  return places;
}

/** The text of a paragraph that begins here. */
export function paragraphAt(html: string, place: number): string {
  return plainText(html.slice(place, nextOf(endOfParagraph, html, place)?.index));
}

/** The text of the definition (DD) behind the term (DT) that begins here. */
export function definitionBehind(html: string, place: number): string | undefined {
  const start = nextOf(definitionStart, html, place);
  if (start === undefined) return undefined;
  const from = start.index + start[0].length;
  return plainText(html.slice(from, nextOf(endOfDefinition, html, from)?.index));
}

/** The texts of all definitions. */
export function definitions(html: string): readonly string[] {
  const found: string[] = [];
  for (let start = nextOf(definitionStart, html, 0); start !== undefined; ) {
    const from = start.index + start[0].length;
    found.push(plainText(html.slice(from, nextOf(endOfDefinition, html, from)?.index)));
    start = nextOf(definitionStart, html, from);
  }
  return found;
}

function nextOf(pattern: RegExp, html: string, from: number): RegExpExecArray | undefined {
  pattern.lastIndex = from;
  return pattern.exec(html) ?? undefined;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** Text without tags, its character references resolved and its blanks run together. */
export function plainText(html: string): string {
  return withoutUnseen(html)
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
      if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
      const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return point <= 0x10ffff ? String.fromCodePoint(point) : ' ';
    })
    .replace(/\s+/g, ' ')
    .trim();
}

const unseenStart = /<(?:script|style|title)\b/gi;
const unseenEnd = /<\/(?:script|style|title)\b/gi;

/** Without what browsers do not show as text. An element without an end goes on to the end of the page. */
function withoutUnseen(html: string): string {
  const seen: string[] = [];
  let from = 0;
  for (let start = nextOf(unseenStart, html, 0); start !== undefined; start = nextOf(unseenStart, html, from)) {
    seen.push(html.slice(from, start.index), ' ');
    from = nextOf(unseenEnd, html, start.index)?.index ?? html.length;
  }
  return seen.join('') + html.slice(from);
}
