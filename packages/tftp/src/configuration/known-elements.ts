/** What is known of an element that concerns CAPF or security. */
export interface KnownElement {
  /** What its text must match; undefined: any text. */
  readonly allowed?: RegExp;
  /** The same in words: completes "must be ...". */
  readonly mustBe?: string;
  /** It holds what encryption is there to protect, so that its value is never shown. */
  readonly isSecret?: true;
}

const zeroOrOne: KnownElement = { allowed: /^[01]$/, mustBe: '0 or 1' };
const trueOrFalse: KnownElement = { allowed: /^(true|false)$/, mustBe: 'true or false, in lower case' };
const host: KnownElement = { allowed: /^.{0,50}$/, mustBe: 'a host name or address of at most 50 characters' };
const port: KnownElement = {
  allowed: /^(?!0+$)(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/,
  mustBe: 'a port number from 1 to 65535',
};
const url: KnownElement = { allowed: /^.{0,255}$/, mustBe: 'a URL of at most 255 characters' };
const text: KnownElement = {};
const secret: KnownElement = { isSecret: true };

/**
 * Elements below `device` by their path (tftp-file-formats.md, section 9); `*` stands for any number of elements between.
 */
export const knownElements: Readonly<Record<string, KnownElement>> = {
  fullConfig: trueOrFalse,
  deviceProtocol: text,
  ipAddressMode: { allowed: /^[012]$/, mustBe: '0 (IPv4), 1 (IPv6) or 2 (both)' },
  'devicePool/callManagerGroup/members/member/callManager/ports/sipPort': port,
  'devicePool/callManagerGroup/members/member/callManager/ports/securedSipPort': port,
  'devicePool/callManagerGroup/members/member/callManager/processNodeName': host,
  'TVS/members/member/port': port,
  'TVS/members/member/address': host,
  'vpnGroup/authMethod': { allowed: /^[012]$/, mustBe: '0, 1 or 2' },
  'vpnGroup/enableHostIDCheck': zeroOrOne,
  'vpnGroup/pswdPersistent': zeroOrOne,
  'sipProfile/*/line/authName': secret,
  'sipProfile/*/line/authPassword': secret,
  'commonProfile/phonePassword': secret,
  loadInformation: text,
  inactiveLoadInformation: text,
  'vendorConfig/settingsAccess': zeroOrOne,
  'vendorConfig/webAccess': { ...zeroOrOne, mustBe: '0 (on) or 1 (off)' },
  'vendorConfig/webProtocol': { ...zeroOrOne, mustBe: '0 (HTTP and HTTPS) or 1 (HTTPS only)' },
  'vendorConfig/tls12Only': zeroOrOne,
  'vendorConfig/webAdmin': zeroOrOne,
  'vendorConfig/adminPassword': secret,
  'vendorConfig/sshAccess': { ...zeroOrOne, mustBe: '0 (on) or 1 (off)' },
  'vendorConfig/disableTLSCiphers': {
    allowed: /^([1-7](,[1-7])*)?$/,
    mustBe: 'numbers from 1 to 7 with commas between',
  },
  deviceSecurityMode: { allowed: /^[123]$/, mustBe: '1 (non secure), 2 (authenticated) or 3 (encrypted)' },
  secureAuthenticationURL: url,
  secureMessagesURL: url,
  secureServicesURL: url,
  secureDirectoryURL: url,
  secureInformationURL: url,
  secureIdleURL: url,
  transportLayerProtocol: { allowed: /^[123]$/, mustBe: '1 (TCP), 2 (UDP) or 3 (TLS)' },
  TLSResumptionTimer: { allowed: /^\d{1,9}$/, mustBe: 'a number of seconds' },
  capfAuthMode: { allowed: /^[0-4]$/, mustBe: 'a number from 0 to 4' },
  'capfList/capf/phonePort': port,
  'capfList/capf/processNodeName': host,
  certHash: { allowed: /^([0-9a-f]{32})?$/, mustBe: 'empty, or 32 lower-case hexadecimal digits' },
  encrConfig: trueOrFalse,
  userId: text,
  ownerId: text,
  sshUserId: secret,
  sshPassword: secret,
};

/** Finds what is known of an element by the names on its way from `device`. */
export function knownElement(path: readonly string[]): KnownElement | undefined {
  const [first, ...rest] = path;
  const [parent, last] = rest.slice(-2);
  const isOfLine = first === 'sipProfile' && parent === 'line';
  const key = isOfLine ? `sipProfile/*/line/${last}` : path.join('/');
  return Object.hasOwn(knownElements, key) ? knownElements[key] : undefined;
}
