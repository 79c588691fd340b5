import type { FieldName } from './elements/fields.js';

interface CommandLayout {
  /** The command byte. */
  readonly code: number;
  /** Fields that every message of this kind must have. */
  readonly mandatory: readonly FieldName[];
  /** Fields that it may have. */
  readonly optional: readonly FieldName[];
}

/**
 * All commands by name (capf-wire-protocol.md, section 2) with the elements that mean something in them (section 5).
 * Any other element in a message is kept with it and not looked into.
 *
 * Only the commands that the document's section 2 lists with a sender have been seen. The rest is known by name and
 * code; what they carry is a guess and all of it optional.
 */
export const commands = {
  AuthRequest: { code: 1, mandatory: ['version'], optional: ['authType'] },
  AuthResponse: {
    code: 2,
    mandatory: ['version', 'deviceName'],
    optional: ['reason', 'certificate', 'signedData', 'password', 'sudiData', 'sha2SignedData'],
  },
  KeyGenerateRequest: { code: 3, mandatory: [], optional: ['keySize', 'keyType', 'curve'] },
  KeyGenerateResponse: { code: 4, mandatory: [], optional: ['reason', 'publicKey'] },
  EncryptResponse: { code: 5, mandatory: [], optional: [] },
  EncryptRequest: { code: 6, mandatory: [], optional: [] },
  DecryptRequest: { code: 7, mandatory: [], optional: [] },
  DecryptResponse: { code: 8, mandatory: [], optional: [] },
  StoreCertificateRequest: { code: 9, mandatory: ['certificateType', 'certificate'], optional: [] },
  StoreCertificateResponse: { code: 10, mandatory: ['reason'], optional: [] },
  /** Seen empty only; CERTIFICATE_TYPE is provisional, to ask for the MIC. */
  FetchCertificateRequest: { code: 11, mandatory: [], optional: ['certificateType'] },
  FetchCertificateResponse: { code: 12, mandatory: ['reason'], optional: ['certificate'] },
  DeleteCertificateRequest: { code: 13, mandatory: [], optional: [] },
  DeleteCertificateResponse: { code: 14, mandatory: ['reason'], optional: [] },
  EndSession: { code: 15, mandatory: [], optional: ['reason'] },
  RetryLater: { code: 16, mandatory: [], optional: ['reason', 'retryDelay'] },
  RequestInProgress: { code: 17, mandatory: [], optional: [] },
  StatusRequest: { code: 18, mandatory: [], optional: [] },
  StatusResponse: { code: 19, mandatory: [], optional: ['reason'] },
  AbortRequest: { code: 20, mandatory: [], optional: ['reason'] },
  AbortResponse: { code: 21, mandatory: [], optional: ['reason'] },
  /** Provisional, as its answer is: see sign-certificate.ts. */
  SignCertificateRequest: { code: 22, mandatory: ['signedData', 'digestType'], optional: [] },
  /** Nothing is mandatory, so that whatever a phone answers is heard and can be recorded. */
  SignCertificateResponse: { code: 23, mandatory: [], optional: ['reason', 'signedData'] },
} as const satisfies Record<string, CommandLayout>;

/** A command's name, e.g. `KeyGenerateRequest`. */
export type CommandName = keyof typeof commands;

/** All command names, by rising code. */
export const commandNames = Object.keys(commands) as readonly CommandName[];

const namesByCode: readonly (CommandName | undefined)[] = commandNames.reduce<CommandName[]>((names, name) => {
  names[commands[name].code] = name;
  return names;
}, []);

/** The name of a command byte, or undefined if it is unknown. */
export function commandName(code: number): CommandName | undefined {
  return namesByCode[code];
}

/** The command that answers a request: `KeyGenerateRequest` -> `KeyGenerateResponse`. */
export type AnswerTo<Request extends CommandName> = Request extends `${infer Subject}Request`
  ? Extract<CommandName, `${Subject}Response`>
  : never;
