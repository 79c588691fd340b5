import { judgeString, type KnownDevice, type OpenOperation, openAuthenticationString } from '@opencapf/store';
import type { Admission } from './admission.js';
import { beginningOf, type Introduced } from './session-beginning.js';
import { operationGone } from './session-ends.js';
import { countedNetwork, triesThatSpend } from './string-guessing.js';

/**
 * By Authentication String: compares what the phone gave with what was queued, in a time that tells nothing about the
 * string, and bounds guessing. An empty string is refused and not counted.
 *
 * @throws AttemptEnded, StoreError `sealed-value-unreadable`
 */
export async function admitByString(
  introduced: Introduced,
  device: KnownDevice,
  operation: OpenOperation,
): Promise<Admission> {
  const { phone, introduction, services } = introduced;
  const { password } = introduction;
  if (password === undefined || password.length === 0) return { refusal: 'authentication-string-missing' };
  const { database, secretKey, guessing } = services;
  const expected = openAuthenticationString(secretKey, operation.id, operation.sealedString ?? Buffer.alloc(0));
  const { remoteAddress: address } = phone.peer;
  const given = {
    operation: operation.id,
    right: secretKey.sameText('authentication string', password.toString('latin1'), expected),
    spentAfter: triesThatSpend(expected.length, guessing),
    address,
    network: countedNetwork(address, guessing),
    at: services.clock(),
  };
  const judged = await judgeString(database, given, guessing, beginningOf(introduced, device, operation, true));
  switch (judged.verdict) {
    case 'accepted':
      return { session: judged.session };
    case 'wrong':
      return { refusal: 'authentication-string-wrong' };
    case 'addressRefusedForDevice':
      return { refusal: 'address-refused-for-device' };
    case 'addressRefused':
      return { refusal: 'address-refused' };
    case 'spent':
      return { refusal: 'authentication-string-spent' };
    case 'gone':
      throw operationGone();
  }
}
