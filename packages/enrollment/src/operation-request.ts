import { generateAuthenticationString, isAuthenticationString } from './authentication-string.js';
import { completesByTime } from './completes-by.js';
import { EnrollmentError } from './errors.js';
import { parseNetwork } from './network.js';

export const operationKinds = ['install', 'delete', 'troubleshoot'] as const;
export type OperationKind = (typeof operationKinds)[number];

export const authenticationModes = [
  'authenticationString',
  'nullString',
  'existingCertificateLscFirst',
  'existingCertificateMicFirst',
] as const;
export type AuthenticationMode = (typeof authenticationModes)[number];

export const keyOrders = ['rsaOnly', 'ecOnly', 'ecPreferred'] as const;
export type KeyOrder = (typeof keyOrders)[number];

/** Bits (security-guide-extracts.md, "CAPF Settings"). */
export const rsaKeySizes = [512, 1024, 2048, 3072, 4096] as const;
export type RsaKeySize = (typeof rsaKeySizes)[number];

/** Bits: the curves P-256, P-384 and P-521. */
export const ecKeySizes = [256, 384, 521] as const;
export type EcKeySize = (typeof ecKeySizes)[number];

/** What an administrator asks for, in our words or in those of the source documents, in any case. */
export interface OperationInput {
  readonly operation: string;
  /** Left out: as the device's security profile says. */
  readonly authenticationMode?: string | undefined;
  /** Left out with the mode `authenticationString`: one is generated. */
  readonly authenticationString?: string | undefined;
  readonly keyOrder?: string | undefined;
  readonly rsaKeySize?: number | undefined;
  readonly ecKeySize?: number | undefined;
  /** See {@link completesByTime}. */
  readonly completesBy?: string | undefined;
  /** With the mode `nullString` only: addresses and networks in CIDR form that the phone must come from. */
  readonly allowedNetworks?: readonly string[] | undefined;
}

/** What holds for all operations of a site, and where time and chance come from. */
export interface OperationPolicy {
  readonly now: Date;
  /** `OPENCAPF_OPERATION_EXPIRES_IN_DAYS` */
  readonly expiresInDays: number;
  /** `OPENCAPF_NULL_STRING_EXPIRES_IN_HOURS`, for operations by null string */
  readonly nullStringExpiresInHours: number;
  /** `OPENCAPF_MIN_RSA_KEY_SIZE`, in bits */
  readonly minRsaKeySize: number;
  /** What the device's security profile says, for what is left out. */
  readonly profile?: OperationDefaults | undefined;
  readonly generateString?: () => string;
}

/** What operations take from a security profile. */
export interface OperationDefaults {
  readonly authenticationMode: AuthenticationMode;
  readonly keyOrder: KeyOrder;
  /** Bits. */
  readonly rsaKeySize: number;
  /** Bits. */
  readonly ecKeySize: number;
}

/** An operation that may be queued. */
export interface OperationRequest {
  readonly kind: OperationKind;
  readonly authenticationMode: AuthenticationMode;
  /** With the mode `authenticationString` always, with another never. A secret. */
  readonly authenticationString: string | undefined;
  /** Whether the string was made here, so that whoever queues must be shown it. */
  readonly stringGenerated: boolean;
  readonly keyOrder: KeyOrder;
  readonly rsaKeySize: RsaKeySize;
  readonly ecKeySize: EcKeySize;
  readonly completesBy: Date;
  /** Undefined for anywhere. */
  readonly allowedNetworks: readonly string[] | undefined;
}

const kindAliases: Readonly<Record<string, OperationKind>> = { installupgrade: 'install', upgrade: 'install' };

const modeAliases: Readonly<Record<string, AuthenticationMode>> = {
  byauthenticationstring: 'authenticationString',
  bynullstring: 'nullString',
  byexistingcertificateprecedencetolsc: 'existingCertificateLscFirst',
  byexistingcertificateprecedencetomic: 'existingCertificateMicFirst',
};

const keyOrderAliases: Readonly<Record<string, KeyOrder>> = {
  ecpreferredrsabackup: 'ecPreferred',
  ecpreferredwithrsabackup: 'ecPreferred',
  eckeypreferredrsabackup: 'ecPreferred',
};

const usualRsaKeySize = 2048;
const hour = 3_600_000;
const mostNetworks = 100;

/**
 * The rules for what may be queued, whoever asks: REST, CSV or the command line.
 *
 * @throws EnrollmentError every code of queueing: `operation-kind-unknown`, `authentication-mode-unknown`,
 * `authentication-string-malformed`, `authentication-string-unexpected`,
 * `key-order-unknown`, `key-size-unknown`, `key-size-below-minimum`, `completes-by-malformed`, `completes-by-past`,
 * `allowed-networks-malformed`, `allowed-networks-unexpected`
 */
export function checkOperationRequest(input: OperationInput, policy: OperationPolicy): OperationRequest {
  const kind = readWord(input.operation, operationKinds, kindAliases);
  if (kind === undefined) throw new EnrollmentError('operation-kind-unknown');
  const authenticationMode =
    input.authenticationMode === undefined
      ? policy.profile?.authenticationMode
      : readAuthenticationMode(input.authenticationMode);
  if (authenticationMode === undefined) {
    throw new EnrollmentError('authentication-mode-unknown', 'none is given, and the device has no security profile');
  }
  const keyOrder =
    input.keyOrder === undefined ? (policy.profile?.keyOrder ?? 'rsaOnly') : readKeyOrder(input.keyOrder);
  const string = stringFor(authenticationMode, input.authenticationString, policy);
  const { rsaKeySize, ecKeySize } = keySizes(input, policy);
  if (kind === 'install' && keyOrder !== 'ecOnly' && rsaKeySize < policy.minRsaKeySize) {
    throw new EnrollmentError('key-size-below-minimum', `${rsaKeySize} bits, the minimum is ${policy.minRsaKeySize}`);
  }
  const allowedNetworks = networksFor(authenticationMode, input.allowedNetworks);
  const completesBy = completesByTime(input.completesBy, policy.now, lifetimeOf(authenticationMode, policy));
  return { kind, authenticationMode, ...string, keyOrder, rsaKeySize, ecKeySize, completesBy, allowedNetworks };
}

/** The authentication mode that is meant. @throws EnrollmentError `authentication-mode-unknown` */
export function readAuthenticationMode(given: string): AuthenticationMode {
  const mode = readWord(given, authenticationModes, modeAliases);
  if (mode === undefined) throw new EnrollmentError('authentication-mode-unknown');
  return mode;
}

/** The key order that is meant. @throws EnrollmentError `key-order-unknown` */
export function readKeyOrder(given: string): KeyOrder {
  const order = readWord(given, keyOrders, keyOrderAliases);
  if (order === undefined) throw new EnrollmentError('key-order-unknown');
  return order;
}

/** In milliseconds. Anybody can be the phone as long as an operation by null string is open. */
function lifetimeOf(mode: AuthenticationMode, { expiresInDays, nullStringExpiresInHours }: OperationPolicy): number {
  return mode === 'nullString' ? nullStringExpiresInHours * hour : expiresInDays * 24 * hour;
}

function networksFor(mode: AuthenticationMode, given: readonly string[] | undefined): readonly string[] | undefined {
  if (given === undefined) return undefined;
  if (mode !== 'nullString') throw new EnrollmentError('allowed-networks-unexpected');
  if (given.length === 0) throw new EnrollmentError('allowed-networks-malformed', 'an empty list allows nobody');
  if (given.length > mostNetworks) {
    throw new EnrollmentError('allowed-networks-malformed', `${given.length} are more than ${mostNetworks}`);
  }
  for (const network of given) {
    if (parseNetwork(network) === undefined) throw new EnrollmentError('allowed-networks-malformed', network);
  }
  return given;
}

function stringFor(
  mode: AuthenticationMode,
  given: string | undefined,
  { generateString = generateAuthenticationString }: OperationPolicy,
): Pick<OperationRequest, 'authenticationString' | 'stringGenerated'> {
  switch (mode) {
    case 'authenticationString':
      if (given === undefined) return { authenticationString: generateString(), stringGenerated: true };
      if (!isAuthenticationString(given)) throw new EnrollmentError('authentication-string-malformed');
      return { authenticationString: given, stringGenerated: false };
    case 'nullString':
    case 'existingCertificateLscFirst':
    case 'existingCertificateMicFirst':
      // An empty field of a form or a CSV file says that there is none.
      if (given !== undefined && given !== '') throw new EnrollmentError('authentication-string-unexpected');
      return { authenticationString: undefined, stringGenerated: false };
  }
}

function keySizes(
  input: OperationInput,
  { minRsaKeySize, profile }: OperationPolicy,
): { readonly rsaKeySize: RsaKeySize; readonly ecKeySize: EcKeySize } {
  const wantedRsa = input.rsaKeySize ?? profile?.rsaKeySize ?? Math.max(usualRsaKeySize, minRsaKeySize);
  const rsaKeySize = rsaKeySizes.find((size) => size === wantedRsa);
  if (rsaKeySize === undefined) throw new EnrollmentError('key-size-unknown', `rsaKeySize ${wantedRsa}`);
  const wantedEc = input.ecKeySize ?? profile?.ecKeySize ?? 256;
  const ecKeySize = ecKeySizes.find((size) => size === wantedEc);
  if (ecKeySize === undefined) throw new EnrollmentError('key-size-unknown', `ecKeySize ${wantedEc}`);
  return { rsaKeySize, ecKeySize };
}

/** The word that is meant, whatever its case, blanks and punctuation. */
function readWord<Word extends string>(
  given: string,
  words: readonly Word[],
  aliases: Readonly<Record<string, Word>>,
): Word | undefined {
  const plain = given.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return (
    words.find((word) => word.toLowerCase() === plain) ?? (Object.hasOwn(aliases, plain) ? aliases[plain] : undefined)
  );
}
