import { definitionBehind, definitions, elementPlaces, paragraphAt, plainText } from './page-markup.js';

/** What ICertRequest says of a request ([MS-WCCE] 3.1.1.4.3.1.1). */
export const disposition = { denied: 2, issued: 3, issuedElsewhere: 4, pending: 5, revoked: 6 } as const;

/** What a page of certsrv says, as far as it says so. */
export interface CertsrvPage {
  /** The request whose certificate the page offers for download: it is issued. */
  readonly issuedRequest: number | undefined;
  /** The number that the page names for a request. */
  readonly request: number | undefined;
  /** It is the page for a request that was refused. */
  readonly saysDenied: boolean;
  /** See `disposition`; undefined also where it was never set. */
  readonly disposition: number | undefined;
  /** The error that the CA or the page met, eight lower-case hexadecimal digits; no successes. */
  readonly hresult: string | undefined;
  /** The CA's own words, in its own language; empty where it has none. */
  readonly words: string;
}

/**
 * Reads an answer of certfnsh.asp, or of certnew.cer where it is a page. Languages differ in words alone: the pages mark their
 * parts by ID for those who translate them, link to what may be downloaded, and write dispositions and errors in hexadecimal.
 * Where a site has made pages of its own without these IDs, links and numbers remain.
 */
export function readCertsrvPage(html: string): CertsrvPage {
  const places = elementPlaces(html);
  const paragraph = (id: string): string | undefined => {
    const place = places.get(id);
    return place === undefined ? undefined : paragraphAt(html, place);
  };
  const definition = (id: string): string | undefined => {
    const place = places.get(id);
    return place === undefined ? undefined : definitionBehind(html, place);
  };
  const named = paragraph('locinforeqid') ?? paragraph('locinforeqidandreason');
  const dispositionText =
    definition('locdisplabel') ?? (named === undefined ? definitions(html).find(beginsWithDisposition) : undefined);
  return {
    issuedRequest: readNumber(/certnew\.cer\?ReqID=(\d{1,10})(?!\d)/i.exec(html)?.[1]),
    request: named === undefined ? soleNumber(html) : firstNumber(named),
    saysDenied: places.has('locdenied'),
    disposition: readNumber(/^\s*([0-9a-f])(?![0-9a-f])/i.exec(dispositionText ?? '')?.[1]),
    hresult: /0x([89a-f][0-9a-f]{7})(?![0-9a-f])/i.exec(html)?.[1]?.toLowerCase(),
    words: [
      paragraph('locinforeqidandreason') ?? '',
      places.has('locdispmsgnone') ? '' : (definition('locdispmsglabel') ?? ''),
      definition('locresultlabel') ?? '',
    ]
      .filter((text) => text !== '')
      .join(' '),
  };
}

const beginsWithDisposition = (text: string): boolean => /^[0-6]\s*-/.test(text);

function readNumber(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number.parseInt(digits, 10);
}

/** What is quoted are the CA's words, which may hold numbers of their own. */
function firstNumber(text: string): number | undefined {
  return readNumber(numbersIn(text.replace(/["«„“].*["»“”]/g, ''))[0]);
}

function soleNumber(html: string): number | undefined {
  const numbers = new Set(numbersIn(plainText(html)));
  return numbers.size === 1 ? readNumber([...numbers][0]) : undefined;
}

function numbersIn(text: string): readonly string[] {
  return text.match(/(?<![\w.])\d{1,10}(?!\w)/g) ?? [];
}
