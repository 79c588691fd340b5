/** What the service's refusals name, and how the command line calls it. */
const ownWords: readonly (readonly [ofService: string, own: string])[] = [
  ['"override": true', '--override'],
  ['"confirmed": true', '--confirm'],
  ['replace=true', '--replace'],
  ['PUT /v1/trust-list/ctl', '"opencapf itl serve-ctl enable"'],
  ['GET /v1/trust-list/entries', '"opencapf itl entries list"'],
  ['DELETE /v1/trust-list/release', '"opencapf itl take-back"'],
  ['GET /v1/trust-list/signers', '"opencapf itl signer show"'],
  ['POST /v1/trust-list/signers/{purpose}/stage', '"opencapf itl signer stage PURPOSE"'],
  ['POST /v1/trust-list/recovery/end', '"opencapf itl recovery end"'],
  ['POST /v1/trust-list/recovery/export', '"opencapf itl recovery export"'],
  ['POST /v1/trust-list/recovery/replace', '"opencapf itl recovery replace"'],
];

/** Says a refusal, which the service words for whoever calls it over REST, with options and commands of the command line. */
export function inOwnWords(refusal: string): string {
  return ownWords.reduce((said, [ofService, own]) => said.replaceAll(ofService, own), refusal);
}
