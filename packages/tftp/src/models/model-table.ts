import type { ManualKey, ModelFacts, PhoneProtocol } from './model-facts.js';

const both: readonly PhoneProtocol[] = ['SIP', 'SCCP'];
const sip: readonly PhoneProtocol[] = ['SIP'];
const sccp: readonly PhoneProtocol[] = ['SCCP'];

const rc4: ManualKey = { algorithm: 'RC4', bits: 256, protocols: sip };
const aes: ManualKey = { algorithm: 'AES-128', bits: 128, protocols: sip };

/** Those of one row of the tables: files encrypted for the phone's own key. */
function withOwnKey(
  names: string,
  protocols: readonly PhoneProtocol[],
  more: Partial<ModelFacts> = {},
): readonly ModelFacts[] {
  return names.split(' ').map((name) => ({
    name,
    protocols,
    publicKey: true,
    trustList: 'itl',
    excludesDigestCredentials: false,
    ...more,
  }));
}

const old = { newestTls: 'TLSv1' } as const;

/**
 * The models that the sources name (see {@link ModelFacts} for which says what).
 *
 * They contradict themselves where a model stands among those with a manual key and among those with one of their own: 7942G,
 * 7962G and 6921 are in both rows, and so can have either. "7800" is not the 78xx series, which has keys of its own. Slips of the
 * lists of protocols (78321, 8865NE; no 7945G with SIP, no 7970G with SCCP, no 9951 and no 8851NR at all) are read as their sisters.
 */
export const modelTable: readonly ModelFacts[] = [
  ...withOwnKey('6901 6911', both, { trustList: 'ctl' }),
  ...withOwnKey('6921', both, { manualKey: rc4 }),
  ...withOwnKey('6941 6945 6961', both),
  {
    name: '7800',
    protocols: both,
    publicKey: false,
    manualKey: rc4,
    trustList: 'itl',
    excludesDigestCredentials: true,
  },
  ...withOwnKey('7906G 7911G 7941G 7941G-GE 7945G 7961G 7961G-GE 7965G 7970G 7971G 7971G-GE 7975G', both, old),
  ...withOwnKey('7942G 7962G', both, { ...old, manualKey: aes, excludesDigestCredentials: true }),
  ...withOwnKey('7921G 7925G 7925G-EX 7926G 7931G', sccp, old),
  ...withOwnKey('8941 8945', both),
  ...withOwnKey('8961 9951 9971', sip),
  ...withOwnKey('7811 7821 7832 7841 7861', sip),
  ...withOwnKey('8811 8821 8831 8832 8832NR 8841 8845 8851 8851NR 8861 8865 8865NR', sip),
];
