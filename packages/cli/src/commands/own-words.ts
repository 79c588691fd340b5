/** What the service's refusals name, and how the command line calls it. What no command does is said to be REST's. */
const ownWords: readonly (readonly [ofService: string, own: string])[] = [
  ['"override": true', '--override'],
  ['"confirmed": true', '--confirm'],
  ['replace=true', '--replace'],
  ['say force=true', 'say --force'],
  ['as "consent"', 'as --consent'],
  ['(lscTrust)', '(--lsc-trust)'],
  ['as lscTrust', 'as --lsc-trust'],
  ['as their certificateIssuer', 'as their certificate issuer'],
  ['or null for not at all', 'or "never"'],
  ['(rsaKeySize ', '(--rsa-key-size '],
  ['(ecKeySize ', '(--ec-key-size '],
  ['?purpose=foreignCapf', '--purpose foreignCapf'],
  ['send the header "Authorization: Bearer TOKEN"', 'set OPENCAPF_TOKEN'],
  ['Wait as long as the header "Retry-After" says', 'Wait'],
  ['PUT /v1/trust-list/ctl', '"opencapf itl serve-ctl enable"'],
  ['GET /v1/trust-list/entries', '"opencapf itl entries list"'],
  ['DELETE /v1/trust-list/release', '"opencapf itl take-back"'],
  ['GET /v1/trust-list/signers', '"opencapf itl signer show"'],
  ['POST /v1/trust-list/signers/{purpose}/stage', '"opencapf itl signer stage PURPOSE"'],
  ['POST /v1/trust-list/recovery/end', '"opencapf itl recovery end"'],
  ['POST /v1/trust-list/recovery/export', '"opencapf itl recovery export"'],
  ['POST /v1/trust-list/recovery/replace', '"opencapf itl recovery replace"'],
  ['GET /v1/trust-bundle', 'what "opencapf trust bundle" writes'],
  ['GET /v1/authority-requests?authority=NAME', '"opencapf authority requests --authority NAME"'],
  ['GET /v1/authority-requests', '"opencapf authority requests --all"'],
  ['PUT /v1/authorities/{authority}/certificate', '"opencapf authority chain"'],
  ['GET /v1/authorities', '"opencapf authority list"'],
  ['GET /v1/capf-certificates', '"opencapf capf-certificate list"'],
  [
    'GET /v1/security-profiles lists all of them, POST',
    '"opencapf profile list" lists all of them, "opencapf profile create"',
  ],
  ['POST one of another name', 'Make one of another name ("opencapf profile create")'],
  ['GET /v1/configuration-templates', '"opencapf configuration template list"'],
  ['PUT /v1/devices/{name} creates', 'Over REST, PUT /v1/devices/{name} creates'],
  ['GET /v1/devices?certificateIssuer=NAME lists', 'over REST, GET /v1/devices?certificateIssuer=NAME lists'],
  ['GET /v1/devices?securityProfile=NAME lists', 'over REST, GET /v1/devices?securityProfile=NAME lists'],
  ['or queue with "replace": true', 'or, over REST, queue with "replace": true'],
  ['With ?force=true it is recorded all the same', 'Over REST, it is recorded all the same with ?force=true'],
];

/** Fields of a body that are no options of their own name. */
const ownFields: Readonly<Record<string, string>> = {
  name: 'the name',
  key: 'the key',
  certificate: 'the certificate',
  deviceSecurityMode: '--security-mode',
  encryptedConfiguration: '--encrypted-config',
  httpsTrustAnchors: '--https-trust',
  confirmed: '--confirm',
  makeDefault: '--default',
  passphrase: '--passphrase-file',
  acceptExpiredUntil: 'the time',
  kind: 'the kind',
};

/** Where the service says which part of a request is wrong: "body/rsaKeySize: ...; querystring/limit: ...". */
const wrongPart = /(?<=^|; )(body|querystring|params)((?:\/[^/:; ]+)*)(?=: )/g;

/** Says a refusal, which the service words for whoever calls it over REST, with options and commands of the command line. */
export function inOwnWords(refusal: string): string {
  return ownWords
    .reduce((said, [ofService, own]) => said.replaceAll(ofService, own), refusal)
    .replaceAll(wrongPart, (_, place: string, path: string) => partInOwnWords(place, path.split('/').slice(1)));
}

function partInOwnWords(place: string, [field, ...within]: readonly string[]): string {
  if (field === undefined) return 'what is given';
  if (place === 'params') return `the ${field}`;
  if (field === 'configuration' && within.length > 0) return `setting ${within.join('/')}`;
  if (field === 'secrets' && within.length > 0) return `secret ${within.join('/')}`;
  if (field === 'fields' && within.length > 0) return `field ${within.join('/')}`;
  const option = `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return [(place === 'body' ? ownFields[field] : undefined) ?? option, ...within].join('/');
}
