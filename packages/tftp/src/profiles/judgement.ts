import {
  encryptionMethods,
  findModel,
  isSameModel,
  type ModelFacts,
  manualKeyOf,
  type PhoneProtocol,
} from '../models/index.js';
import { type CombinationCode, combinations } from './combinations.js';

/** What is asked of a phone, by its profile and its own settings together. */
export interface AskedOfPhone {
  readonly model: string | null;
  readonly protocol: PhoneProtocol | null;
  readonly deviceSecurityMode: 'nonSecure' | 'authenticated' | 'encrypted';
  /** TFTP Encrypted Config, as it holds in the end. */
  readonly encrypted: boolean;
  readonly excludeDigestCredentials: boolean;
  /** Of the operation, or what operations take from the profile. */
  readonly authenticationMode:
    | 'authenticationString'
    | 'nullString'
    | 'existingCertificateLscFirst'
    | 'existingCertificateMicFirst';
  readonly keyOrder: 'rsaOnly' | 'ecOnly' | 'ecPreferred';
  /** Bits. */
  readonly rsaKeySize: number;
  /** What is on record of the phone; undefined where a profile is judged without one. */
  readonly phone?:
    | {
        /** Whether an LSC is installed, as far as is known. */
        readonly hasLsc: boolean;
        /** Whether an LSC or a MIC is on record. */
        readonly hasCertificate: boolean;
        /** Whether the certificate that its files would be encrypted for has an EC key. */
        readonly hasEcKey: boolean;
        /** Whether an operation is queued that may give it an EC key. */
        readonly awaitsEcKey: boolean;
        readonly hasSymmetricKey: boolean;
        /** Whether its files are built here. */
        readonly hasConfiguration: boolean;
      }
    | undefined;
}

/** How this service serves files, as far as it bears on what can be asked. */
export interface FileServing {
  /** Whether phones get them over HTTPS, too. */
  readonly overHttps: boolean;
}

/** One thing that is wrong with what is asked, or may be. */
export interface Finding {
  readonly code: CombinationCode;
  /** Why, in words. */
  readonly message: string;
  /** `inability`: refused as what the model, or the service, is not known to do, unless it is forced. */
  readonly weight: 'refusal' | 'inability' | 'warning';
}

/** What the source documents say against what is asked, the gravest first. The last argument replaces the table of models in tests. */
export function judge(
  asked: AskedOfPhone,
  { overHttps }: FileServing,
  facts: ModelFacts | undefined = findModel(asked.model),
): readonly Finding[] {
  const codes = [
    ...againstSources(asked),
    ...(mayHaveEcKey(asked) && !overHttps ? (['ec-key-with-encrypted-configuration'] as const) : []),
    ...beyondWhatIsKnown(asked, facts),
    ...(mayHaveEcKey(asked) && overHttps ? (['ec-key-served-over-https'] as const) : []),
    ...worthAWarning(asked, facts),
  ];
  return codes.map((code) => ({ code, message: combinations[code].message, weight: combinations[code].weight }));
}

function isString({ authenticationMode }: AskedOfPhone): boolean {
  return authenticationMode === 'authenticationString';
}

/** Whether files are to be encrypted for a phone that has an EC key, or may get one. */
function mayHaveEcKey({ encrypted, keyOrder, phone }: AskedOfPhone): boolean {
  return encrypted && (keyOrder !== 'rsaOnly' || phone?.hasEcKey === true || phone?.awaitsEcKey === true);
}

function* againstSources(asked: AskedOfPhone): Generator<CombinationCode> {
  const { phone, deviceSecurityMode } = asked;
  if (isString(asked) && deviceSecurityMode !== 'nonSecure' && phone?.hasLsc === false) yield 'string-without-lsc';
}

function* beyondWhatIsKnown(asked: AskedOfPhone, facts: ModelFacts | undefined): Generator<CombinationCode> {
  const { protocol, encrypted, excludeDigestCredentials, keyOrder, rsaKeySize } = asked;
  if (facts === undefined) return;
  if (protocol !== null && !facts.protocols.includes(protocol)) yield 'model-without-protocol';
  if (encrypted && encryptionMethods(facts, protocol).length === 0) yield 'model-without-encryption';
  if (excludeDigestCredentials && !(facts.excludesDigestCredentials && protocol !== 'SCCP')) {
    yield 'model-without-digest-exclusion';
  }
  if (keyOrder === 'ecOnly' && facts.ellipticCurve === false) yield 'model-without-ec';
  if (keyOrder !== 'ecOnly' && facts.largestRsaKey !== undefined && rsaKeySize > facts.largestRsaKey) {
    yield 'model-without-rsa-size';
  }
}

function* worthAWarning(asked: AskedOfPhone, facts: ModelFacts | undefined): Generator<CombinationCode> {
  const { phone, protocol, deviceSecurityMode, encrypted, excludeDigestCredentials, authenticationMode } = asked;
  const byCertificate = authenticationMode.startsWith('existingCertificate');
  if (byCertificate && phone?.hasCertificate === false) yield 'existing-certificate-none-on-record';
  if (isString(asked) && encrypted) yield 'encrypted-configuration-with-string';
  if (isString(asked) && deviceSecurityMode !== 'nonSecure' && phone === undefined) yield 'string-needs-lsc';
  if (protocol === 'SIP' && !encrypted && !excludeDigestCredentials && phone?.hasConfiguration !== false)
    yield 'digest-credentials-in-the-clear';
  if (encrypted && needsManualKey(facts, protocol) && phone?.hasSymmetricKey === false) yield 'symmetric-key-missing';
  if (encrypted && protocol === 'SCCP' && facts?.publicKey && facts.manualKey?.bits === 128)
    yield 'encryption-contradicted';
  if (encrypted && facts?.trustList === 'ctl') yield 'model-needs-ctl';
}

function needsManualKey(facts: ModelFacts | undefined, protocol: PhoneProtocol | null): boolean {
  if (facts === undefined) return false;
  return manualKeyOf(facts, protocol) !== undefined && !encryptionMethods(facts, protocol).includes('publicKey');
}

/** Whether a profile is for phones of this model and protocol; what is not known of either side counts as fitting. */
export function profileFits(
  profile: { readonly model: string | null; readonly protocol: PhoneProtocol | null },
  device: { readonly model: string | null; readonly protocol: PhoneProtocol | null },
): boolean {
  const model = profile.model === null || device.model === null || isSameModel(profile.model, device.model);
  const protocol = profile.protocol === null || device.protocol === null || profile.protocol === device.protocol;
  return model && protocol;
}
