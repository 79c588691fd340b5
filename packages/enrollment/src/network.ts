import { isIP } from 'node:net';
import { plainAddress } from './phone-networks.js';

/** A range of addresses, as CIDR writes it. */
interface Network {
  readonly family: 4 | 6;
  /** The lowest address, as a number. */
  readonly base: bigint;
  /** Bits of the address that are the network's. */
  readonly prefix: number;
}

/**
 * Reads a network in CIDR form, or an address, which is a network of its own.
 *
 * @returns undefined for anything else, also for an address within a network (10.1.2.3/8), where one of both is meant
 */
export function parseNetwork(text: string): Network | undefined {
  const [, address = '', length] = /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const number = numberOf(address);
  if (number === undefined) return undefined;
  const prefix = length === undefined ? number.bits : Number(length);
  if (prefix > number.bits || (number.value & hostMask(number.bits, prefix)) !== 0n) return undefined;
  return { family: number.bits === 32 ? 4 : 6, base: number.value, prefix };
}

/** Whether an address lies in a network; IPv4 wrapped in IPv6 is IPv4. */
function isWithin(address: string, { family, base, prefix }: Network): boolean {
  const number = numberOf(address);
  if (number === undefined || number.bits !== (family === 4 ? 32 : 128)) return false;
  return (number.value & ~hostMask(number.bits, prefix)) === base;
}

/** Whether a list of networks in CIDR form holds an address; what cannot be read holds none. */
export function isWithinAny(address: string, networks: readonly string[]): boolean {
  return networks.some((text) => {
    const network = parseNetwork(text);
    return network !== undefined && isWithin(address, network);
  });
}

function hostMask(bits: number, prefix: number): bigint {
  return (1n << BigInt(bits - prefix)) - 1n;
}

function numberOf(address: string): { readonly bits: 32 | 128; readonly value: bigint } | undefined {
  const plain = plainAddress(address);
  if (isIP(plain) === 4) return { bits: 32, value: joined(plain.split('.').map(Number), 8n) };
  if (isIP(plain) !== 6) return undefined;
  const hexOnly = plain.replace(/\d+\.\d+\.\d+\.\d+$/, (dotted) => {
    const value = Number(joined(dotted.split('.').map(Number), 8n));
    return `${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}`;
  });
  const [head = '', tail] = hexOnly.split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return { bits: 128, value: joined([...before, ...zeros, ...after], 16n) };
}

function groupsOf(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function joined(parts: readonly number[], width: bigint): bigint {
  return parts.reduce((value, part) => (value << width) | BigInt(part), 0n);
}
