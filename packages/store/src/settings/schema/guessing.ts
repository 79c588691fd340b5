import { integer, onOff } from '../kinds.js';
import { setting } from './setting.js';

/** What guessing of authentication strings and of names comes to. */
export const guessingSettings = {
  wrongStringsPerAddress: setting({
    name: 'OPENCAPF_WRONG_STRINGS_PER_ADDRESS',
    scope: 'stored',
    kind: integer(1, 1000),
    default: 5,
    help: 'Wrong authentication strings of one address for one device; after that none from there for that device is looked at for OPENCAPF_WRONG_STRINGS_LOCKOUT.',
  }),
  wrongStringsDevicesPerAddress: setting({
    name: 'OPENCAPF_WRONG_STRINGS_DEVICES_PER_ADDRESS',
    scope: 'stored',
    kind: integer(1, 10_000),
    default: 50,
    help: 'For how many devices one IPv4 address or one /64 of IPv6 may give wrong authentication strings; after that none from there is looked at for OPENCAPF_WRONG_STRINGS_LOCKOUT. Not for loopback and OPENCAPF_TRUSTED_PROXIES.',
  }),
  wrongStringsLockout: setting({
    name: 'OPENCAPF_WRONG_STRINGS_LOCKOUT',
    scope: 'stored',
    kind: integer(1, 1440, 'minutes'),
    default: 15,
    help: 'How long is refused who gave too many wrong authentication strings, and after how long without a wrong one they are forgotten.',
  }),
  wrongStringsPerOperation: setting({
    name: 'OPENCAPF_WRONG_STRINGS_PER_OPERATION',
    scope: 'stored',
    kind: integer(1, 1_000_000),
    default: 10,
    help: 'How many wrong authentication strings, of all addresses, every operation bears before it fails, however short its string.',
  }),
  wrongStringsOneIn: setting({
    name: 'OPENCAPF_WRONG_STRINGS_ONE_IN',
    scope: 'stored',
    kind: integer(100, 1_000_000_000),
    default: 1000,
    help: 'An operation with a longer string bears one wrong one in so many that are possible: at 1000, 100 for 5 digits and 100,000 for 8.',
  }),
  hideUnknownDevices: setting({
    name: 'OPENCAPF_HIDE_UNKNOWN_DEVICES',
    scope: 'stored',
    kind: onOff(),
    default: false,
    help: 'Whether an unknown device is refused as a known one is (reason 7), so that strangers cannot find out names by asking. Off: reason 9, as Cisco does.',
  }),
} as const;
