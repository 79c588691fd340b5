import { AuthorityError } from '../errors.js';
import { plainWords } from '../http/index.js';
import type { CertsrvPage } from './certsrv-page.js';

/** What is to be changed after an error of the CA (winerror.h, FACILITY_CERT and others). */
const advice: Readonly<Record<string, string>> = {
  '80094800': 'Correct the template in the settings of the authority: the CA does not issue by it.',
  '80094801': 'Correct the template in the settings of the authority: the CA takes it for none.',
  '80094802': 'Correct the template in the settings of the authority: the request asks for another one.',
  '80094012': 'Let the user of the authority enroll by the template, or give another template.',
  '80094011': 'Let the user of the authority request certificates of this CA.',
  '80094811':
    'The template asks for longer keys. Queue the operation with a larger key size, or give another template.',
  '80094001': 'Let the template take the subject from the request.',
  '80090006':
    'The CA wants requests that the phone signs. Set proofOfPossession to phone, or use an authority that needs none.',
  '80090008':
    'The CA does not know how the request is signed. Set proofOfPossession to phone, or use an authority that needs none.',
};

/** Why a request was refused: what to change, then the CA's own words, at most 500 characters and without secrets. */
export function refusal({ hresult, words }: CertsrvPage, secrets: readonly string[]): string {
  const code = hresult !== undefined && !words.toLowerCase().includes(hresult) ? ` (0x${hresult})` : '';
  const said = `The CA says: ${words === '' ? 'denied' : words}${code}`;
  const known = hresult === undefined ? undefined : advice[hresult];
  return plainWords(known === undefined ? said : `${known} ${said}`, secrets);
}

/** The CA behind the pages is away: it took nothing. */
const awayCodes = new Set(['800706ba', '800706bb', '80070422', '80070426', '80040154']);
/** The call to the CA broke off: nobody knows whether it took the request. */
const brokenOffCodes = new Set(['800706be', '800706bf', '8007071a', '800705b4']);

/** Errors that say nothing about the request; undefined for those that do. */
export function passingFault({ hresult }: CertsrvPage, host: string): AuthorityError | undefined {
  if (hresult === undefined) return undefined;
  if (awayCodes.has(hresult)) {
    return new AuthorityError(
      'authority-busy',
      `The pages of ${host} cannot reach the CA behind them (0x${hresult}). Look whether its service runs.`,
    );
  }
  if (brokenOffCodes.has(hresult)) {
    return new AuthorityError('authority-answer-lost', `The pages of ${host} lost the CA behind them (0x${hresult}).`);
  }
  if (hresult === '80070005') {
    return new AuthorityError(
      'authority-login-refused',
      `The CA behind ${host} lets the user of the authority do nothing (0x80070005). Let that user request certificates.`,
    );
  }
  return undefined;
}
