import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageAllowance } from './message-allowance.js';

const bounds = { bytesBeforeAuthentication: 100, messages: 3, requestsInProgressPerMinute: 60 };

describe('what a phone may send', () => {
  it('is so many bytes until it has authenticated', () => {
    const stranger = new MessageAllowance(bounds);
    assert.equal(stranger.takeBytes(60), undefined);
    assert.equal(stranger.takeBytes(40), undefined);
    assert.equal(stranger.takeBytes(1)?.code, 'bytes-too-many');
    const phone = new MessageAllowance(bounds);
    phone.authenticated();
    assert.equal(phone.takeBytes(1_000_000), undefined);
  });

  it('is so many messages in a session', () => {
    const phone = new MessageAllowance(bounds);
    for (let index = 0; index < 3; index++) assert.equal(phone.takeMessage('AuthResponse'), undefined);
    assert.equal(phone.takeMessage('AuthResponse')?.code, 'messages-too-many');
  });

  it('is REQUEST_IN_PROGRESS for as long as it takes, but not at any rate', () => {
    let now = 0;
    const phone = new MessageAllowance(bounds, () => now);
    for (let second = 0; second < 3_600; second++) {
      now += 1_000;
      assert.equal(phone.takeMessage('RequestInProgress'), undefined, `second ${second}`);
    }
    let taken = 0;
    while (phone.takeMessage('RequestInProgress') === undefined) taken += 1;
    assert.equal(taken, 59);
    now += 60_000;
    assert.equal(phone.takeMessage('RequestInProgress'), undefined);
  });
});
