import type { ManualKey, ModelFacts, PhoneProtocol } from './model-facts.js';
import { modelTable } from './model-table.js';

const byName: ReadonlyMap<string, ModelFacts> = new Map(modelTable.map((facts) => [facts.name, facts]));

/**
 * What is known of a model.
 *
 * @param model - as an administrator wrote it: `7942`, `CP-7942G`, `Cisco 7942`, `Cisco Unified IP Phone 7942G`
 * @returns undefined for one that the sources do not name, which counts as able to do everything
 */
export function findModel(model: string | null | undefined): ModelFacts | undefined {
  // The name of a series is the name of no model: the sources' 7800 is none of the 7800 series.
  if (model == null || /\bseries\b/i.test(model)) return undefined;
  const [, digits = '', letters = ''] = /(?<![0-9A-Z])(\d{4})(NR|G(?:-GE|-EX)?)?(?![0-9A-Z])/i.exec(model) ?? [];
  const name = `${digits}${letters.toUpperCase()}`;
  return byName.get(name) ?? byName.get(`${name}G`);
}

/** Whether two names mean the same model: `7942` and `Cisco 7942G` do. */
export function isSameModel(one: string, other: string): boolean {
  return (findModel(one)?.name ?? one.trim().toLowerCase()) === (findModel(other)?.name ?? other.trim().toLowerCase());
}

/**
 * How a phone's configuration file can be encrypted: for its own key, or with a key that is entered by hand. Files of phones
 * without a method hold nothing confidential, or cannot be encrypted.
 *
 * @param protocol - null: not known, so that what either protocol can counts
 */
export function encryptionMethods(
  facts: ModelFacts | undefined,
  protocol: PhoneProtocol | null,
): readonly ('publicKey' | 'manualKey')[] {
  if (facts === undefined) return ['publicKey', 'manualKey'];
  const own = facts.publicKey && (protocol === null || facts.protocols.includes(protocol));
  return [...(own ? (['publicKey'] as const) : []), ...(manualKeyOf(facts, protocol) ? (['manualKey'] as const) : [])];
}

/** The key that is entered by hand on phones of this model. */
export function manualKeyOf(facts: ModelFacts, protocol: PhoneProtocol | null): ManualKey | undefined {
  const { manualKey } = facts;
  return manualKey !== undefined && (protocol === null || manualKey.protocols.includes(protocol))
    ? manualKey
    : undefined;
}

/** Whether a model is known to speak nothing newer than TLS 1.1, so that it meets CAPF on the legacy port alone. */
export function needsOldTls(model: string | null | undefined): boolean {
  return findModel(model)?.newestTls !== undefined;
}

/** Whether a model is known to believe what is signed with SHA-512; a model that nobody knows is not known to. */
export function isKnownToTakeSha512(model: string | null | undefined): boolean {
  return findModel(model)?.sha512 === true;
}
